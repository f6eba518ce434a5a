import { HostError, messageOf } from '../../errors.js';
import { maskPairs } from '../../isapi/secrets/texts.js';
import type { Log } from '../../messages.js';
import type { ActionClient, ControlAction } from './action.js';
import type { ControlRequest } from './lines.js';

/** What has a table of actions: a module. */
interface ActionOwner {
  readonly actions?: Readonly<Record<string, ControlAction>>;
}

/** The actions of the modules of one configuration, and those of them that are being carried out. */
export class ActionTable {
  readonly #actions = new Map<string, ControlAction>();
  readonly #log: Log;
  /** clients of actions that stream */
  readonly #followers = new Set<ActionClient>();
  readonly #stopped = new AbortController();

  constructor(owners: readonly ActionOwner[], log: Log) {
    this.#log = log;
    for (const { actions = {} } of owners) {
      for (const [name, action] of Object.entries(actions)) this.#actions.set(name, action);
    }
  }

  /**
   * Carries out an action.
   * @throws HostError ACTION for one that there is not, or for wrong arguments; what the action throws; and
   *   CONTROL_STOPPED when the configuration stopped meanwhile
   */
  async run({ action: name, args }: ControlRequest, client: ActionClient): Promise<void> {
    const action = this.#find(name);
    checkArguments(name, action, args);
    this.#checkRunning();
    const call = new AbortController();
    const abort = (): void => call.abort();
    for (const signal of [client.signal, this.#stopped.signal]) signal.addEventListener('abort', abort);
    if (client.signal.aborted) abort();
    if (action.streams) this.#followers.add(client);
    this.#log.write('actionAsked', { action: describe(name, args) });
    try {
      await action.run({ args, send: (item) => client.send(item), signal: call.signal });
    } catch (error) {
      if (!(error instanceof HostError)) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
        this.#log.write('serverDefect', { reason });
      }
      throw error;
    } finally {
      this.#followers.delete(client);
      for (const signal of [client.signal, this.#stopped.signal]) signal.removeEventListener('abort', abort);
    }
    this.#checkRunning();
  }

  /** Another configuration is at work now: those who listen to this one are told to listen to that one as well. */
  superseded(): void {
    for (const client of this.#followers) client.superseded();
  }

  /** Ends the actions that are being carried out. */
  stop(): void {
    this.#stopped.abort();
  }

  #checkRunning(): void {
    if (!this.#stopped.signal.aborted) return;
    throw new HostError('CONTROL_STOPPED', 'the configuration that the action belongs to has stopped');
  }

  #find(name: string): ControlAction {
    const action = this.#actions.get(name);
    if (action !== undefined) return action;
    const names = [...this.#actions.keys()].sort().join(', ');
    throw new HostError('ACTION', `this server has no action ${name}; it has: ${names}`);
  }
}

function checkArguments(name: string, action: ControlAction, args: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(args).find((each) => !Object.hasOwn(action.args, each));
  if (unknown !== undefined) throw new HostError('ACTION', `${name} takes no argument ${unknown}`);
  for (const [wanted, { required }] of Object.entries(action.args)) {
    if (required && args[wanted] === undefined) {
      throw new HostError('ACTION', `${name} needs the argument ${wanted}`);
    }
  }
}

function describe(name: string, args: Readonly<Record<string, string>>): string {
  return [name, ...Object.entries(args).map(([key, value]) => `${key}=${maskPairs(value)}`)].join(' ');
}
