import fs from 'node:fs';
import { posixNotation } from '../isapi/paths.js';
import { callGate } from './call-gates.js';
import { crashRecorder, exitRecorder } from './crash-recorder.js';
import { addressOf, callAsync, koffi, type NativeFunction } from './koffi.js';
import {
  OpenError,
  type BoundFunction,
  type CallMarks,
  type Memory,
  type NativeFile,
  type Platform,
} from './platform.js';

/* From the system's headers for x86-64 Linux. */
const RTLD_NOW = 2;
const PROT = { READ: 1, WRITE: 2, EXEC: 4 };
const MAP = { SHARED: 1, PRIVATE: 2, ANONYMOUS: 0x20 };
const SA = { ONSTACK: 0x08000000, RESETHAND: 0x80000000, SIGINFO: 4 };
const SYS_GETTID = 186;
const LINE_BUFFERED = 1; // _IOLBF
const SIGNAL_STACK_BYTES = 64 * 1024;
/** SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS */
const CRASH_SIGNALS = [4, 5, 6, 7, 8, 11, 31];

/** ELF extensions in the machine's own Node. */
export function elfPlatform(marks: CallMarks | undefined): Platform {
  const libc = koffi.load(null);
  const define = (name: string, result: string, parameters: string[]): NativeFunction =>
    libc.func(name, result, parameters) as NativeFunction;
  const dlopen = define('dlopen', 'void *', ['void *', 'int']);
  const dlsym = define('dlsym', 'void *', ['void *', 'str']);
  const dlclose = define('dlclose', 'int', ['void *']);
  const dlerror = define('dlerror', 'str', []);
  const mmap = define('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64']);
  const munmap = define('munmap', 'int', ['void *', 'size_t']);
  const memcpy = define('memcpy', 'void *', ['void *', 'void *', 'size_t']);
  const strlen = define('strlen', 'size_t', ['void *']);
  const syscall = define('syscall', 'long', ['long']);
  const sigaction = define('sigaction', 'int', ['int', 'void *', 'void *']);
  const setvbuf = define('setvbuf', 'int', ['void *', 'void *', 'int', 'size_t']);
  const onExit = define('on_exit', 'int', ['void *', 'void *']);
  const sigaltstack = define('sigaltstack', 'int', ['void *', 'void *']);

  const view = (address: bigint, bytes: number): Buffer => Buffer.from(koffi.view(address, bytes));
  const map = (bytes: number, protection: number, flags: number, fd: number): Memory => {
    const address = addressOf(mmap(null, bytes, protection, flags, fd, 0));
    if (address === 0n || address === 0xffffffffffffffffn)
      throw new Error(`mmap of ${String(bytes)} bytes failed`);
    return { address, bytes: view(address, bytes) };
  };
  const allocateCode = (bytes: number): Memory =>
    map(bytes, PROT.READ | PROT.WRITE | PROT.EXEC, MAP.PRIVATE | MAP.ANONYMOUS, -1);
  const codeOf = (code: Buffer): Memory => {
    const memory = allocateCode(code.length);
    code.copy(memory.bytes);
    return memory;
  };

  const errnoLocation = addressOf(dlsym(null, '__errno_location'));
  /** One call gate for the thread, and one foreign function for each signature. */
  const gate = codeOf(
    callGate('elf', {
      parameters: 4,
      threadMark: marks?.thread ?? 0n,
      errnoLocation,
      scoreboard: 0n,
      terminateProcess: 0n,
    }).code,
  );
  const signatures = new Map<string, NativeFunction>();
  const signature = (result: string, parameters: readonly string[]): NativeFunction => {
    const key = `${result}(${parameters.join()})`;
    let call = signatures.get(key);
    if (!call) {
      call = koffi.decode(gate.address, koffi.proto(result, ['void *', ...parameters])) as NativeFunction;
      signatures.set(key, call);
    }
    return call;
  };

  return {
    abi: 'elf',
    notation: posixNotation,
    allocate: (bytes) => map(bytes, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1),
    free: (memory) => {
      munmap(memory.address, memory.bytes.length);
    },
    allocateCode,
    mapFile: (path, bytes) => {
      const fd = fs.openSync(path, 'r+');
      try {
        return map(bytes, PROT.READ | PROT.WRITE, MAP.SHARED, fd);
      } finally {
        fs.closeSync(fd);
      }
    },
    view,
    copyIn: (address, target, offset, length) => {
      memcpy(offset === 0 ? target : target.subarray(offset), address, length);
    },
    copyOut: (address, source, length) => {
      memcpy(address, source, length);
    },
    readU32: (address) => koffi.decode.uint32(address),
    writeU32: (address, value) => {
      koffi.encode(address, 'uint32', value >>> 0);
    },
    peek: (address, target, length) => peekMemory(address, target, length),
    readText: (address) => readText(address),
    callback: (parameters, call) =>
      koffi.register(call, koffi.pointer(koffi.proto('uint64', [...parameters]))),
    errnoLocation,
    openLibrary: (path) => {
      const handle = addressOf(dlopen(Buffer.from(`${path}\0`, 'latin1'), RTLD_NOW));
      if (handle === 0n) throw new OpenError(0, String(dlerror()));
      return handle;
    },
    closeLibrary: (handle) => {
      dlclose(handle);
    },
    symbol: (handle, name) => addressOf(dlsym(handle, name)),
    bind: (address, result, parameters): BoundFunction => {
      const call = signature(result, parameters);
      return (...args) => call(address, ...args);
    },
    bindAsync: (address, result, parameters) => {
      const call = signature(result, parameters);
      return (...args) => callAsync(call, [address, ...args]);
    },
    lastError: () => koffi.errno(),
    file: (handle) => descriptor(Number(BigInt.asIntN(32, handle))),
    threadId: () => Number(syscall(SYS_GETTID)),
    isThreadAlive: (id) => fs.existsSync(`/proc/self/task/${String(id)}`),
    unbufferOutput: () => {
      const stdout = koffi.decode(addressOf(dlsym(null, 'stdout')), 'void *') as unknown;
      setvbuf(stdout, null, LINE_BUFFERED, 0);
    },
    prepareThread: () => {
      const stack = map(SIGNAL_STACK_BYTES, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS, -1);
      const description = Buffer.alloc(24); // stack_t: ss_sp, ss_flags, ss_size
      description.writeBigUInt64LE(stack.address, 0);
      description.writeBigUInt64LE(BigInt(SIGNAL_STACK_BYTES), 16);
      sigaltstack(description, null);
    },
    recordCrashes: (scoreboard) => {
      const memory = codeOf(crashRecorder('elf', scoreboard.address));
      const action = Buffer.alloc(152); // struct sigaction: handler, mask[16], flags, restorer
      action.writeBigUInt64LE(memory.address, 0);
      action.writeUInt32LE((SA.SIGINFO | SA.ONSTACK | SA.RESETHAND) >>> 0, 136);
      for (const signal of CRASH_SIGNALS) sigaction(signal, action, null);
      onExit(codeOf(exitRecorder(scoreboard.address)).address, null);
    },
  };

  function readText(address: bigint): string {
    /* Straight from memory: koffi would decode UTF-8 and lose other bytes. */
    const length = Number(strlen(address));
    if (length === 0) return '';
    const bytes = Buffer.allocUnsafe(length);
    memcpy(bytes, address, length);
    return bytes.toString('latin1');
  }
}

/** Where addresses end that a process may use; the numbers above are not positions of a file either. */
const MEMORY_END = 0x7fff_ffff_ffffn;

let ownMemory: number | undefined;

/** The system reads for it, and says so where nothing is, in place of a signal. */
function peekMemory(address: bigint, target: Buffer, length: number): number {
  if (address > MEMORY_END - BigInt(length)) return 0;
  try {
    ownMemory ??= fs.openSync('/proc/self/mem', 'r');
    return fs.readSync(ownMemory, target, 0, length, address);
  } catch {
    return 0;
  }
}

function descriptor(fd: number): NativeFile | undefined {
  try {
    const stat = fs.fstatSync(fd);
    return {
      size: stat.isFile() ? stat.size : undefined,
      read: (target, offset, length, position) =>
        fs.readSync(fd, target, offset, length, stat.isFile() ? position : null),
    };
  } catch {
    return undefined;
  }
}
