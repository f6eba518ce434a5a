import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { IpSubnet, IpSubnetError } from '../../config/ip-subnet.js';
import type { MethodSet } from '../../config/methods.js';
import { Slot } from '../../config/settings.js';
import { toByteString } from '../../config/bytes.js';
import { displayText } from '../../http/byte-string.js';
import { isInDomain, type HostNames } from '../../http/host-names.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';

type Order = 'allow,deny' | 'deny,allow' | 'mutual-failure';

/** Something that was said for some methods; what is said last counts. */
interface Limited<T> {
  readonly methods: MethodSet;
  readonly value: T;
}

/** What an Allow or a Deny names. */
type Who =
  | { readonly kind: 'all' }
  | { readonly kind: 'environment'; readonly name: string; readonly isSet: boolean }
  | { readonly kind: 'ip'; readonly subnet: IpSubnet }
  | { readonly kind: 'host'; readonly domain: string };

/** All of it is replaced where an inner section says any of it, as in Apache. */
interface Rules {
  readonly order: readonly Limited<Order>[];
  readonly satisfy: readonly Limited<'all' | 'any'>[];
  readonly allow: readonly Limited<Who>[];
  readonly deny: readonly Limited<Who>[];
}

const NO_RULES: Rules = { order: [], satisfy: [], allow: [], deny: [] };

const COMPAT = new Slot<{ readonly rules: Rules | undefined }>('access_compat', { rules: undefined });

const PLACES = { contexts: ['directory', '.htaccess'] } as const;

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'Order',
    syntax: 'Allow,Deny|Deny,Allow|Mutual-failure',
    default: 'Deny,Allow',
    ...PLACES,
    override: 'Limit',
    args: [1, 1],
    help: 'Whether Deny counts more than Allow (Allow,Deny), or the other way round (Deny,Allow); what neither names is denied in the first case and allowed in the second.',
    apply(context, order) {
      const value = ORDERS.find((each) => each === order.text.toLowerCase());
      if (value === undefined) context.error('unknown order', order);
      else add(context, 'order', value);
    },
  },
  ...(['Allow', 'Deny'] as const).map((name): Directive => ({
    name,
    syntax: 'from all|host|address|network|env=[!]variable ...',
    ...PLACES,
    override: 'Limit',
    args: [2, Infinity],
    help: `Clients that are ${name === 'Allow' ? 'let in' : 'kept out'}: by the end of their name, their address or the beginning of it, a network, or a variable that is set.`,
    apply(context, from, ...names) {
      if (from.text.toLowerCase() !== 'from') {
        context.error("allow and deny must be followed by 'from'", from);
        return;
      }
      for (const each of names) {
        const who = parseWho(context, each);
        if (who) add(context, name === 'Allow' ? 'allow' : 'deny', who);
      }
    },
  })),
  {
    name: 'Satisfy',
    syntax: 'Any|All',
    default: 'All',
    ...PLACES,
    override: 'AuthConfig',
    args: [1, 1],
    help: 'Whether Allow and Require have to be met both, or one of them is enough.',
    apply(context, argument) {
      const value = argument.text.toLowerCase();
      if (value === 'all' || value === 'any') add(context, 'satisfy', value);
      else context.error("Satisfy either 'any' or 'all'.", argument);
    },
  },
];

const ORDERS: readonly Order[] = ['allow,deny', 'deny,allow', 'mutual-failure'];

function add<Key extends keyof Rules>(
  context: DirectiveContext,
  key: Key,
  value: Rules[Key][number]['value'],
): void {
  const rules = context.settings.made(COMPAT).rules ?? NO_RULES;
  const { methods } = context;
  context.settings.set(COMPAT, 'rules', { ...rules, [key]: [...rules[key], { methods, value }] });
}

function parseWho(context: DirectiveContext, argument: Argument): Who | undefined {
  const { text } = argument;
  const [, not, variable] = /^env=(!?)(.*)$/i.exec(text) ?? [];
  if (variable !== undefined) {
    return { kind: 'environment', name: toByteString(variable), isSet: not === '' };
  }
  if (text.toLowerCase() === 'all') return { kind: 'all' };
  try {
    return { kind: 'ip', subnet: IpSubnet.parse(text) };
  } catch (error) {
    if (!(error instanceof IpSubnetError)) throw error;
    if (error.looksLikeAddress) context.error(error.message, argument);
    else if (text.includes('/')) context.error('An IP address was expected', argument);
    else if (text.includes('#')) context.error('No comments are allowed here', argument);
    else return { kind: 'host', domain: toByteString(text) };
    return undefined;
  }
}

/** mod_access_compat: access by address as Apache 2.2 had it. */
export function createAccessCompatModule(names: HostNames): Module {
  return {
    name: 'access_compat',
    directives: DIRECTIVES,
    hooks: {
      access(request) {
        const { rules } = request.settings.get(COMPAT);
        return rules === undefined ? 'declined' : check(names, request, rules);
      },
      satisfy(request) {
        const { rules } = request.settings.get(COMPAT);
        return rules && lastOf(rules.satisfy, request);
      },
    },
  };
}

function lastOf<T>(list: readonly Limited<T>[], { method }: HttpRequest): T | undefined {
  return list.findLast(({ methods }) => methods.has(method))?.value;
}

async function check(names: HostNames, request: HttpRequest, rules: Rules): Promise<Outcome> {
  const order = lastOf(rules.order, request) ?? 'deny,allow';
  const allowed = await isNamed(names, request, rules.allow);
  const denied = await isNamed(names, request, rules.deny);
  const isAllowed = order === 'deny,allow' ? allowed || !denied : allowed && !denied;
  if (isAllowed) return 'done';
  const file = displayText(request.filename);
  request.log('accessDeniedByOrder', { file: file === '' ? `uri ${displayText(request.path)}` : file });
  return 403;
}

/** Whether one of those that are named is the client. */
async function isNamed(
  names: HostNames,
  request: HttpRequest,
  list: readonly Limited<Who>[],
): Promise<boolean> {
  for (const { methods, value } of list) {
    if (!methods.has(request.method)) continue;
    if (value.kind === 'all') return true;
    if (value.kind === 'environment' && request.env.has(value.name) === value.isSet) return true;
    if (value.kind === 'ip' && value.subnet.has(request.remoteAddress)) return true;
    if (value.kind === 'host') {
      const name = await names.verifiedName(request.remoteAddress);
      if (name !== undefined && isInDomain(name, value.domain)) return true;
    }
  }
  return false;
}
