// What is used of the client: its own declarations do not compile against those of Node 26.
export { Admin, Consumer, ProduceAcks, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
