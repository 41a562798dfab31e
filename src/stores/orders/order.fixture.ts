import type { Identity } from '../../decision/facts.ts';
import type { Stop } from '../../stages/stop/stops.ts';
import type { OrderDocument } from './order-document.ts';
import type { OrderStore } from './order-store.ts';

/** A caller by token, with every name that a stop may find. */
export const agent: Identity = {
  kind: 'token',
  principal: '["https://idp.example","user:alice",null,"agent:mail",null]',
  issuer: 'https://idp.example',
  subject: 'user:alice',
  actor: 'agent:mail',
  clientId: 'mailer',
  spiffeId: 'spiffe://example/mail',
  tokenId: 'token-1',
  transaction: 'txn-1',
};

/** A stop of everything, unless a test says otherwise. */
export function stopOf(id: string, changed: Partial<Stop> = {}): Stop {
  return { id, kind: 'all', name: '', sinceMs: 0, why: 'a test', ...changed };
}

/** A store that a test can lose, and put back to what it was. */
export interface TestStore extends OrderStore {
  isLost: boolean;
  held: OrderDocument | undefined;
}

/** A place in memory that any number of instances share. */
export function testStore(): TestStore {
  return {
    isLost: false,
    held: undefined,
    async read(known) {
      if (this.isLost) throw new Error('Connection is closed.');
      if (this.held === undefined) return undefined;
      return this.held.change === known ? 'unchanged' : this.held;
    },
    async write(document, over) {
      if (this.isLost) throw new Error('Connection is closed.');
      if ((this.held?.change ?? '') !== over) return false;
      this.held = document;
      return true;
    },
  };
}
