import type { Argument, Directive, SectionContext, SectionDirective } from '../../config/directive.js';
import { METHOD_NAMES, MethodSet } from '../../config/methods.js';

/** The rows of `<Limit>` and `<LimitExcept>`. */
export const limitSections: readonly SectionDirective[] = [
  {
    name: 'Limit',
    syntax: 'method [method] ...',
    contexts: ['directory', '.htaccess'],
    override: ['AuthConfig', 'Limit'],
    args: [1, Infinity],
    help: 'Access rules for requests with these methods, GET being HEAD as well; other directives in it hold for all.',
    apply(context, ...methods) {
      limit(context, 'Limit', methods);
    },
  },
  {
    name: 'LimitExcept',
    syntax: 'method [method] ...',
    contexts: ['directory', '.htaccess'],
    override: ['AuthConfig', 'Limit'],
    args: [1, Infinity],
    help: 'Access rules for requests with any other method than these; other directives in it hold for all.',
    apply(context, ...methods) {
      limit(context, 'LimitExcept', methods);
    },
  },
];

function limit(context: SectionContext, name: 'Limit' | 'LimitExcept', names: readonly Argument[]): void {
  const known = new Set(context.main.get(METHOD_NAMES).known);
  for (const method of names) {
    if (method.text === 'TRACE' && name === 'Limit') {
      context.error('TRACE cannot be controlled by <Limit>, see TraceEnable', method);
      return;
    }
    if (known.has(method.text)) continue;
    if (context.isHtaccess) {
      const message = `Could not register method '${method.text}' for <${name} from .htaccess configuration`;
      context.error(message, method);
      return;
    }
    // A name that nobody knew so far is that of a method from here on.
    known.add(method.text);
    context.main.set(METHOD_NAMES, 'known', known);
  }
  const named = new MethodSet(
    names.map(({ text }) => text),
    name === 'LimitExcept',
  );
  const methods = context.methods.intersect(named);
  if (methods.isEmpty) context.error(`<${name}> directive excludes all methods`);
  else if (context.methods.isWithin(named)) {
    context.error(`<${name}> directive specifies methods already excluded`);
  } else {
    context.applyContent({ methods });
  }
}

/** The row of RegisterHttpMethod. */
export const registerMethodDirective: Directive = {
  name: 'RegisterHttpMethod',
  syntax: 'method [method] ...',
  contexts: ['server'],
  args: [1, Infinity],
  help: 'Names of request methods that are not standard, for directives to know them.',
  apply(context, ...methods) {
    const known = new Set(context.main.get(METHOD_NAMES).known);
    for (const { text } of methods) known.add(text);
    context.main.set(METHOD_NAMES, 'known', known);
  },
};
