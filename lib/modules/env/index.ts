import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import type { Module, Outcome } from '../../http/module.js';

/** Variables by name; null undoes an outer section's. Byte strings. */
type Variables = ReadonlyMap<string, string | null>;

interface EnvSettings {
  readonly variables: Variables;
}

const NONE: Variables = new Map();

const ENV = new Slot<EnvSettings>(
  'env',
  { variables: NONE },
  { variables: (outer, inner) => new Map([...outer, ...inner]) },
);

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'SetEnv',
    syntax: 'name [value]',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 2],
    help: 'The name of a variable that extensions and logs see, and its value.',
    apply(context, name, value?: Argument) {
      const at = name.text.indexOf('=');
      if (at >= 0) {
        const [variable, rest] = [name.text.slice(0, at), name.text.slice(at + 1)];
        context.warning(
          `Spurious usage of '=' in an environment variable name. 'SetEnv ${variable} ${rest}' expected instead?`,
          name,
        );
      }
      set(context, name, value?.text ?? '');
    },
  },
  {
    name: 'UnsetEnv',
    syntax: 'name ...',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: 'Names of variables that SetEnv and PassEnv have made further out and that are not wanted here.',
    apply(context, ...names) {
      for (const name of names) set(context, name, null);
    },
  },
  {
    name: 'PassEnv',
    syntax: 'name ...',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: "Names of the server's own environment variables that extensions and logs see.",
    apply(context, ...names) {
      for (const name of names) {
        const value = process.env[name.text];
        if (value === undefined) context.warning(`PassEnv variable ${name.text} was undefined`, name);
        else set(context, name, value);
      }
    },
  },
];

function set(context: DirectiveContext, name: Argument, value: string | null): void {
  const variables = new Map(context.settings.made(ENV).variables);
  variables.set(toByteString(name.text), value === null ? null : toByteString(value));
  context.settings.set(ENV, 'variables', variables);
}

/** mod_env: variables for extensions and logs. */
export const envModule: Module = {
  name: 'env',
  directives: DIRECTIVES,
  hooks: {
    fixups(request): Outcome {
      for (const [name, value] of request.settings.get(ENV).variables) {
        if (value !== null) request.env.set(name, value);
      }
      return 'declined';
    },
  },
};
