import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import type { Module } from '../../http/module.js';
import { findGroup, findUser } from '../../pool/accounts.js';
import { UNIXD } from './settings.js';

const onWindows = process.platform === 'win32';

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'User',
    syntax: 'name|#number',
    contexts: ['server'],
    args: [1, 1],
    help: 'The user that a server started as root becomes once its logs and ports are open, its worker processes with it; root says that it is to stay root.',
    apply: applyUser,
  },
  {
    name: 'Group',
    syntax: 'name|#number',
    default: "the user's own",
    contexts: ['server'],
    args: [1, 1],
    help: 'The group that a server started as root has once its logs and ports are open.',
    apply: applyGroup,
  },
  {
    name: 'ChrootDir',
    syntax: 'folder',
    contexts: ['server'],
    args: [1, 1],
    help: 'A folder that the server confines itself to, which isapi-host cannot do.',
    apply(context, folder) {
      const advice = 'start it with chroot(8), in a container, or with RootDirectory of systemd';
      context.error(`ChrootDir is not available: Node cannot change the root folder; ${advice}`, folder);
    },
  },
  {
    name: 'Suexec',
    syntax: 'on|off',
    default: 'off',
    contexts: ['server'],
    args: 'flag',
    help: 'Whether programs are started as other users; the users of worker processes are set in pools.ini.',
    apply(context, flag) {
      if (flag.text.toLowerCase() === 'off') return;
      context.error('Suexec is not available: set user and group of a pool in pools.ini', flag);
    },
  },
];

function applyUser(context: DirectiveContext, name?: Argument): void {
  if (onWindows) return;
  const user = findUser(name?.text ?? '');
  if (user === undefined) context.error(`bad user name ${name?.text ?? ''}; there is no such user`, name);
  else context.main.set(UNIXD, 'user', user);
  if (user?.uid === 0 && process.getuid?.() === 0) {
    const advice = 'name a user of its own for it unless this machine serves nothing else';
    context.warning(`the server and its extensions will run as root; ${advice}`, name);
  }
}

function applyGroup(context: DirectiveContext, name?: Argument): void {
  if (onWindows) return;
  const group = findGroup(name?.text ?? '');
  if (group === undefined) context.error(`bad group name ${name?.text ?? ''}; there is no such group`, name);
  else context.main.set(UNIXD, 'group', group);
}

/** mod_unixd: the user that the server is. What they say is done by the program that starts the server. */
export const unixdModule: Module = { name: 'unixd', directives: DIRECTIVES };
