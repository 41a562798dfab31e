import type { EnvoyServerDoor } from '../transports/envoy/envoy-server.ts';
import type { Assembly } from './assemble.ts';

export interface FollowedDoor {
  readonly door: EnvoyServerDoor;
  /** The assembly in force. */
  readonly current: () => Pick<Assembly, 'tlsFor' | 'envoyFor'>;
  readonly onError: (cause: unknown) => void;
}

/** Has the door of `listener` show the certificates of the configuration in force, each time that another one is. */
export function followDoorTls(listener: string, followed: FollowedDoor): void {
  const { door, current, onError } = followed;
  const renew = (): void => {
    const tls = current().tlsFor(listener);
    try {
      if (tls !== undefined) door.renew(tls);
    } catch (cause) {
      onError(cause);
    }
    followDoorTls(listener, followed);
  };
  current().envoyFor(listener).superseded.addEventListener('abort', renew, { once: true });
}
