/** What JSON can say: an item of an action's answer. */
export type Json =
  string | number | boolean | null | undefined | readonly Json[] | { readonly [name: string]: Json };

/** An argument of an action. */
export interface ActionArgument {
  readonly help: string;
  /** without it the action is refused */
  readonly required?: true;
}

/**
 * A row of a module's table of actions: what a person who may use the control socket can have it do. An error that
 * it throws is the answer of the action; what is not a HostError is logged as a defect as well.
 */
export interface ControlAction {
  /** what it does, in a few words */
  readonly help: string;
  /** what it takes, by name; anything else is refused */
  readonly args: Readonly<Record<string, ActionArgument>>;
  /**
   * It answers until the client leaves, as things happen. When another configuration is at work, its clients are told
   * to call that one's as well; this answer ends when the configuration stops.
   */
  readonly streams?: true;
  /** Runs it. Its answer ends when this returns or resolves. */
  run(call: ControlCall): void | Promise<void>;
}

/** One call of an action. */
export interface ControlCall {
  /** the arguments that were given, by name */
  readonly args: Readonly<Record<string, string>>;
  /**
   * Sends an item of the answer. False when it was left out, because the client reads too slowly; the client is told how
   * many were.
   */
  readonly send: (item: Json) => boolean;
  /** aborted when the client leaves, or when the configuration that the module belongs to stops */
  readonly signal: AbortSignal;
}

/** Who has called: a connection of the control socket. */
export interface ActionClient {
  send(item: Json): boolean;
  /** another configuration has taken the place of the one that answers: its actions are to be called as well */
  superseded(): void;
  /** aborted when the client leaves */
  readonly signal: AbortSignal;
}
