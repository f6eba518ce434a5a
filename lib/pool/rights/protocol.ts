/** Who a worker process may be started as. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
}

/** What the helper is started with: it does nothing for anybody or any file that is not named here. */
export interface HelperOptions {
  /** the user and the group of the server */
  readonly server: Person;
  readonly people: readonly Person[];
  /** logs that lines may be appended to */
  readonly logs: readonly string[];
  /** files that may be read again */
  readonly files: readonly string[];
  /** files of the server's that may be removed, in folders that are not */
  readonly removable: readonly string[];
  /** where the folders for pipes are made */
  readonly folder: string;
}

/** What the server asks for. Requests with an id are answered by it. */
export type HelperRequest =
  /** hands a folder of pipes and what is in it, or a file in one, over to somebody */
  | { readonly kind: 'give'; readonly id: number; readonly person: Person; readonly path: string }
  | {
      readonly kind: 'spawn';
      readonly id: number;
      readonly person: Person;
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: 'kill'; readonly id: number; readonly signal: NodeJS.Signals }
  | {
      readonly kind: 'listen';
      readonly id: number;
      readonly host: string | undefined;
      readonly port: number;
      readonly backlog: number | undefined;
    }
  | { readonly kind: 'append'; readonly path: string; readonly text: string }
  /** has a log opened anew with the next line */
  | { readonly kind: 'reopen'; readonly id: number; readonly path: string }
  | { readonly kind: 'read'; readonly id: number; readonly path: string }
  | { readonly kind: 'remove'; readonly id: number; readonly path: string };

/** What the helper says. `answer` ends a request; `problem` says why it could not be done. */
export type HelperReply =
  | { readonly kind: 'answer'; readonly id: number; readonly problem?: string; readonly text?: string }
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | {
      readonly kind: 'output';
      readonly id: number;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  | {
      readonly kind: 'ended';
      readonly id: number;
      readonly status: number | null;
      readonly signal: NodeJS.Signals | null;
    };
