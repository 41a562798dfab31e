import type { Narrator } from './narrate.ts';

/** What brings the calls of agents before Sallyport, and on to the tool server. Scenes do not know which one does. */
export interface Carrier {
  /** As the story calls it. */
  readonly title: string;
  /** The fields of the listener in `sallyport.yaml`, for agents that connect to `address`. */
  listener(address: string): string;
  /** Starts what it needs beside `sallyport serve`, which runs already. */
  start(place: CarrierPlace): Promise<Carrying>;
}

export interface CarrierPlace {
  /** Where `sallyport.yaml` is. */
  readonly folder: string;
  /** Where agents connect, `host:port`. */
  readonly address: string;
  /** Shows a command as a reader would type it. */
  tell(command: string): void;
  /** Tells a command of `sallyport` and runs it. @throws when it fails. */
  command(...args: readonly string[]): Promise<void>;
}

export interface Carrying extends AsyncDisposable {
  /** A last scene: what the carrier itself counted of all that happened, where it counts. */
  testify?(narrator: Narrator): Promise<void>;
}
