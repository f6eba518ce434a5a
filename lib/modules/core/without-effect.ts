import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { filterProblem } from '../filters.js';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;
const SERVER = ['server', 'virtual host'] as const;

type Row = Pick<Directive, 'name' | 'syntax' | 'contexts' | 'override' | 'default'> & {
  /** why it does nothing here: shown as a warning */
  readonly why: string;
  /** what is wrong with the argument, in Apache's words */
  readonly wrong: (text: string) => string | undefined;
  /** the argument asks for what is the case anyway: nothing is said */
  readonly fulfilled: (text: string) => boolean;
};

const onOrOff = (text: string): string | undefined =>
  /^(?:on|off)$/i.test(text) ? undefined : "parameter must be 'on' or 'off'";

const isOff = (text: string): boolean => text.toLowerCase() === 'off';

function size(name: string, smallest: number, largest: number): Pick<Row, 'wrong' | 'fulfilled'> {
  return {
    wrong: (text) => {
      const value = /^-?\d{1,12}$/.test(text) ? Number(text) : NaN;
      if (value >= smallest && value <= largest) return undefined;
      return `${name}: parameter must be a number between ${smallest} and ${largest}: ${text}`;
    },
    fulfilled: () => false,
  };
}

const MAX_UINT32 = 4_294_967_295;
const MAX_INT32 = 2_147_483_647;

/** Directives that tell Apache how to send and what to read, which this server decides for itself. */
const ROWS: readonly Row[] = [
  {
    name: 'EnableMMAP',
    syntax: 'on|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    why: 'files are read, not mapped',
    wrong: onOrOff,
    fulfilled: isOff,
  },
  {
    name: 'EnableSendfile',
    syntax: 'on|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    why: 'files are read and sent by the server itself',
    wrong: onOrOff,
    fulfilled: isOff,
  },
  {
    name: 'ReadBufferSize',
    syntax: 'bytes',
    default: '65536',
    contexts: ['server', 'virtual host', 'directory'],
    why: 'files are read 64 KB at a time',
    ...size('ReadBufferSize', 0, MAX_UINT32),
  },
  {
    name: 'FlushMaxThreshold',
    syntax: 'bytes',
    default: 'none',
    contexts: SERVER,
    why: 'responses go out as the socket takes them',
    ...size('FlushMaxThreshold', 0, MAX_UINT32),
  },
  {
    name: 'FlushMaxPipelined',
    syntax: 'number',
    default: '0',
    contexts: SERVER,
    why: 'every response goes out at once',
    ...size('FlushMaxPipelined', -1, MAX_INT32),
    fulfilled: (text) => Number(text) === 0,
  },
  {
    name: 'LimitXMLRequestBody',
    syntax: 'bytes',
    default: 'none',
    contexts: EVERYWHERE,
    why: 'nothing here reads XML; LimitRequestBody limits every body',
    wrong: (text) =>
      /^\d{1,12}$/.test(text) ? undefined : 'LimitXMLRequestBody requires a non-negative integer.',
    fulfilled: () => false,
  },
];

/** Directives of Apache's core that are known and do nothing, or cannot be done. */
export const CORE_WITHOUT_EFFECT: readonly Directive[] = [
  ...ROWS.map(({ why, wrong, fulfilled, ...row }): Directive => {
    return {
      ...row,
      args: [1, 1],
      help: `Accepted without an effect: ${why}.`,
      apply(context, argument) {
        const problem = wrong(argument.text);
        if (problem !== undefined) context.error(problem, argument);
        else if (!fulfilled(argument.text)) context.warning(`${row.name} has no effect: ${why}`, argument);
      },
    };
  }),
  {
    name: 'MergeTrailers',
    syntax: 'off',
    default: 'off',
    contexts: SERVER,
    args: 'flag',
    help: 'Whether trailers behind a chunked body become headers; they never do here, so that only off can be had.',
    apply(context, flag) {
      if (isOff(flag.text)) return;
      context.error('MergeTrailers on is not available: trailers never become headers; remove it', flag);
    },
  },
  ...(['SetInputFilter', 'SetOutputFilter'] as const).map((name): Directive => {
    return {
      name,
      syntax: 'filter[;filter...]',
      contexts: EVERYWHERE,
      override: 'FileInfo',
      args: [1, 1],
      help: 'Filters of other modules for bodies; isapi-host has none, so that naming one is an error.',
      apply: (context, names) => refuseFilter(context, name, names),
    };
  }),
];

function refuseFilter(context: DirectiveContext, directive: string, names?: Argument): void {
  context.error(filterProblem(directive, names?.text ?? ''), names);
}
