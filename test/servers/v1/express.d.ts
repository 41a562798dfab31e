/** The little of Express that the v1 server uses. The package brings no types of its own. */
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  /** A request after `express.json()`: `body` is what the parser made of it, whatever the encoding was. */
  export interface Request extends IncomingMessage {
    readonly body: unknown;
  }
  export type Response = ServerResponse;
  export type Handler = (request: Request, response: Response) => void | Promise<void>;
  export interface Express extends RequestListener {
    /** `set('env', 'test')` keeps refused bodies off stderr. */
    set(setting: 'env', value: string): Express;
    post(path: string, handler: Handler): Express;
    get(path: string, handler: Handler): Express;
    delete(path: string, handler: Handler): Express;
  }
  export type RequestHandler = (request: Request, response: Response, next: (error?: unknown) => void) => void;
}
