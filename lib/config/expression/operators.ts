import { lstatSync, statSync, type Stats } from 'node:fs';
import { compilePattern } from '../fnmatch.js';
import { IpSubnet, IpSubnetError } from '../ip-subnet.js';
import { ExpressionError, type Test, type Word } from './scope.js';

/** A row for an operator with one operand, such as -n. Its name is one letter, whose case counts. */
export interface UnaryOperator {
  readonly name: string;
  /** @throws ExpressionError when the operand cannot be one; `offset` is for that */
  test(operand: Word, offset: number): Test;
}

/** A row for an operator between two operands, such as -ipmatch. */
export interface BinaryOperator {
  /** in lower case; it may be written in any */
  readonly name: string;
  /** @throws ExpressionError when the second operand cannot be one; `offset` is for that */
  test(left: Word, right: Word, offset: number): Test;
}

function fileTest(
  name: string,
  holds: (stats: Stats) => boolean,
  ask: (path: Buffer) => Stats = statSync,
): UnaryOperator {
  return {
    name,
    test: (operand) => (evaluation) => {
      const path = operand.text(evaluation);
      if (path === '') return false;
      try {
        return holds(ask(Buffer.from(path, 'latin1')));
      } catch {
        return false;
      }
    },
  };
}

const accessTest = (name: string, kind: 'url' | 'file'): UnaryOperator => ({
  name,
  test: (operand) => (evaluation) => evaluation.scope.isAccessible(kind, operand.text(evaluation)),
});

const isLink = (stats: Stats): boolean => stats.isSymbolicLink();
const askLink = (path: Buffer): Stats => lstatSync(path);

export const UNARY_OPERATORS: readonly UnaryOperator[] = [
  { name: 'n', test: (operand) => (evaluation) => operand.text(evaluation) !== '' },
  { name: 'z', test: (operand) => (evaluation) => operand.text(evaluation) === '' },
  {
    name: 'T',
    test: (operand) => (evaluation) => !/^(?:|0|off|no|false)$/i.test(operand.text(evaluation)),
  },
  {
    name: 'R',
    test(operand, offset) {
      const subnet = constantSubnet('R', operand, offset);
      return ({ scope }) => subnet.has(scope.remoteAddress);
    },
  },
  fileTest('e', () => true),
  fileTest('d', (stats) => stats.isDirectory()),
  fileTest('f', (stats) => stats.isFile()),
  fileTest('s', (stats) => stats.isFile() && stats.size > 0),
  fileTest('L', isLink, askLink),
  fileTest('h', isLink, askLink),
  fileTest('x', (stats) => (stats.mode & 0o111) !== 0, askLink),
  accessTest('U', 'url'),
  accessTest('A', 'url'),
  accessTest('F', 'file'),
];

function wildcards(
  name: string,
  options: { readonly pathname?: boolean; readonly ignoreCase?: boolean },
): BinaryOperator {
  return {
    name,
    test(left, right) {
      const { constant } = right;
      const fixed = constant === undefined ? undefined : compilePattern(constant, options);
      return (evaluation) => {
        const text = left.text(evaluation);
        return (fixed ?? compilePattern(right.text(evaluation), options)).test(text);
      };
    },
  };
}

export const BINARY_OPERATORS: readonly BinaryOperator[] = [
  {
    name: 'ipmatch',
    test(left, right, offset) {
      const subnet = constantSubnet('ipmatch', right, offset);
      return (evaluation) => subnet.has(left.text(evaluation));
    },
  },
  wildcards('strmatch', {}),
  wildcards('strcmatch', { ignoreCase: true }),
  wildcards('fnmatch', { pathname: true }),
];

function constantSubnet(name: string, { constant }: Word, offset: number): IpSubnet {
  if (constant === undefined) {
    throw new ExpressionError(`-${name} requires subnet/netmask as constant argument`, offset);
  }
  try {
    return IpSubnet.parse(constant);
  } catch (error) {
    if (!(error instanceof IpSubnetError)) throw error;
    throw new ExpressionError(`parsing of subnet/netmask failed: ${error.message}`, offset);
  }
}

type Comparison = (left: string, right: string) => boolean;

/** Comparisons of texts, byte by byte, and of whole numbers; longer names before those that they begin with. */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': (left, right) => left === right,
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<=': (left, right) => left <= right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '>': (left, right) => left > right,
  eq: (left, right) => integer(left) === integer(right),
  ne: (left, right) => integer(left) !== integer(right),
  lt: (left, right) => integer(left) < integer(right),
  le: (left, right) => integer(left) <= integer(right),
  gt: (left, right) => integer(left) > integer(right),
  ge: (left, right) => integer(left) >= integer(right),
};

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** The whole number that a text begins with, 0 without one, as `apr_atoi64`. */
function integer(text: string): bigint {
  const found = /^[ \t\n\v\f\r]*([+-]?)(\d{1,40})/.exec(text);
  if (!found) return 0n;
  const value = BigInt(found[2] ?? '0') * (found[1] === '-' ? -1n : 1n);
  return value > LARGEST ? LARGEST : value < SMALLEST ? SMALLEST : value;
}
