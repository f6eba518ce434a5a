import { statSync } from 'node:fs';
import { APACHE_VERSION, versionHolds } from './apache-version.js';
import type { Argument, Context, Directive, DirectiveModule } from './directive.js';
import { isApacheModule } from './known-modules.js';
import type { Variables } from './variables.js';

/** What a directive that has its effect while the files are read works with. */
export interface Reading {
  readonly variables: Variables;
  /** makes a folder the one that relative paths are relative to, from here on */
  setServerRoot(folder: string): void;
  module(name: string): DirectiveModule | undefined;
  moduleNames(): string[];
  /** whether `LoadModule` has named it before; it counts as named from now on */
  loadTwice(module: DirectiveModule): boolean;
  /** whether there is a directive, or a section, of a name in any letter case */
  knows(name: string, kind: 'directive' | 'section'): boolean;
  resolvePath(path: string): string;
  include(pattern: Argument, optional: boolean): void;
  error(message: string, at?: Argument): void;
  warning(message: string, at?: Argument): void;
}

/** A row for a directive that has its effect while the files are read (Apache's EXEC_ON_READ). */
export interface ReadingDirective extends Pick<Directive, 'name' | 'syntax' | 'args' | 'help' | 'default'> {
  readonly contexts: readonly Context[];
  /** the name of the module that Apache has it in, when that is not the core */
  readonly module?: string;
  /** it holds other directives: they are read when `read` returns true, and skipped otherwise */
  readonly container?: true;
  /** the modules' tables have it too: it stays in the tree, for them to see */
  readonly stays?: true;
  /** Whether it had an effect; for a container, whether what it holds is read. */
  read(reading: Reading, ...args: Argument[]): boolean;
}

const EVERYWHERE: readonly Context[] = ['server', 'virtual host', 'directory', '.htaccess'];
const FILES: readonly Context[] = ['server', 'virtual host', 'directory'];

export const READING_DIRECTIVES: readonly ReadingDirective[] = [
  {
    name: 'Define',
    syntax: 'name [value]',
    contexts: FILES,
    args: [1, 2],
    help: 'the name of a variable, and its value if it has one; ${name} stands for the value from here on',
    read(reading, name, value: Argument | undefined) {
      if (name.text.includes(':')) reading.error("Variable name must not contain ':'", name);
      else reading.variables.define(name.text, value?.text);
      return true;
    },
  },
  {
    name: 'UnDefine',
    syntax: 'name',
    contexts: FILES,
    args: [1, 1],
    help: 'the name of a variable that is forgotten from here on',
    read(reading, name) {
      if (name.text.includes(':')) reading.error("Variable name must not contain ':'", name);
      else reading.variables.undefine(name.text);
      return true;
    },
  },
  {
    name: 'Include',
    syntax: 'file|folder|pattern',
    contexts: FILES,
    args: [1, 1],
    help: 'the files that are read in its place; one that is not there, or a pattern without a match, is an error',
    read(reading, name) {
      reading.include(name, false);
      return true;
    },
  },
  {
    name: 'IncludeOptional',
    syntax: 'file|folder|pattern',
    contexts: FILES,
    args: [1, 1],
    help: 'the files that are read in its place, if there are any',
    read(reading, name) {
      reading.include(name, true);
      return true;
    },
  },
  {
    name: 'ServerRoot',
    syntax: 'folder',
    default: 'the folder given with -d, or that of the configuration file',
    contexts: ['server'],
    args: [1, 1],
    help: 'the folder that relative paths are relative to, from here on',
    stays: true,
    read(reading, name) {
      const folder = reading.resolvePath(name.text);
      if (!isFolder(folder)) {
        reading.error(`ServerRoot must be a valid directory; there is none at ${folder}`, name);
        return false;
      }
      reading.setServerRoot(folder);
      return true;
    },
  },
  {
    name: 'LoadModule',
    module: 'so',
    syntax: 'name file',
    contexts: ['server'],
    args: [2, 2],
    help: 'the name of a module, such as isapi_module, and its file, which is not used for a built-in one',
    read(reading, name) {
      const module = reading.module(name.text);
      if (!module) {
        if (isApacheModule(name.text)) {
          const effect = 'nothing of it is there, and its directives are skipped within <IfModule> only';
          reading.warning(`isapi-host has no module ${name.text}; ${effect}`, name);
        } else {
          const names = reading.moduleNames().join(', ');
          reading.error(
            `isapi-host has no module ${name.text}; remove the line (built in are: ${names})`,
            name,
          );
        }
      } else if (reading.loadTwice(module)) {
        reading.warning(`module ${name.text} is already loaded, skipping`, name);
      }
      return true;
    },
  },
  {
    name: 'IfModule',
    syntax: '[!]module',
    contexts: EVERYWHERE,
    args: [1, 1],
    help: 'the name of a module, such as isapi_module or mod_isapi.c; what it encloses is skipped without that module',
    container: true,
    read: (reading, name) => test(name, (text) => reading.module(text) !== undefined),
  },
  {
    name: 'IfDefine',
    syntax: '[!]name',
    contexts: EVERYWHERE,
    args: [1, 1],
    help: 'the name of a variable; what it encloses is skipped when neither -D nor Define has made it',
    container: true,
    read: (reading, name) => test(name, (text) => reading.variables.isDefined(text)),
  },
  {
    name: 'IfFile',
    syntax: '[!]path',
    contexts: EVERYWHERE,
    args: [1, 1],
    help: 'the path of a file or folder; what it encloses is skipped when there is none',
    container: true,
    read: (reading, name) => test(name, (text) => exists(reading.resolvePath(text))),
  },
  {
    name: 'IfDirective',
    syntax: '[!]directive',
    contexts: EVERYWHERE,
    args: [1, 1],
    help: 'the name of a directive; what it encloses is skipped when there is none of that name',
    container: true,
    read: (reading, name) => test(name, (text) => reading.knows(text, 'directive')),
  },
  {
    name: 'IfSection',
    syntax: '[!]section',
    contexts: EVERYWHERE,
    args: [1, 1],
    help: 'the name of a section, without brackets; what it encloses is skipped when there is none of that name',
    container: true,
    read: (reading, name) => test(name, (text) => reading.knows(text, 'section')),
  },
  {
    name: 'IfVersion',
    module: 'version',
    syntax: '[[!]operator] version',
    default: 'the operator = when only a version is given',
    contexts: EVERYWHERE,
    args: [1, 2],
    help: `one of =, ==, >, >=, <, <=, with ~ a regular expression, with ! the opposite, and a version of Apache, or a regular expression between slashes; what it encloses is skipped when the version that isapi-host follows, ${APACHE_VERSION}, is another`,
    container: true,
    read: readIfVersion,
  },
];

function readIfVersion(reading: Reading, first: Argument, second?: Argument): boolean {
  const version = second ?? first;
  const found = versionHolds(second ? first.text : '=', version.text);
  if (typeof found === 'boolean') return found;
  reading.error(found.problem, found.isOperator ? first : version);
  return false;
}

function exists(name: string): boolean {
  try {
    return statSync(name, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function test(argument: Argument, holds: (text: string) => boolean): boolean {
  return argument.text.startsWith('!') ? !holds(argument.text.slice(1)) : holds(argument.text);
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
}
