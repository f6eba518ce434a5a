import { readPointer } from '../isapi/layout.js';
import { windowsNotation } from '../isapi/paths.js';
import { callGate } from './call-gates.js';
import { crashRecorder } from './crash-recorder.js';
import { exitGate, jumpTo } from './exit-gate.js';
import { addressOf, callAsync, koffi, type NativeFunction } from './koffi.js';
import {
  OpenError,
  type BoundFunction,
  type CallMarks,
  type Memory,
  type NativeFile,
  type Platform,
} from './platform.js';

/* From the Windows headers. */
const LOAD_WITH_ALTERED_SEARCH_PATH = 8;
const MEM = { COMMIT: 0x1000, RESERVE: 0x2000, RELEASE: 0x8000 };
const PAGE = { READWRITE: 4, EXECUTE_READWRITE: 0x40 };
const GENERIC = { READ: 0x80000000, WRITE: 0x40000000 };
const FILE_SHARE_ALL = 7;
const OPEN_EXISTING = 3;
const FILE_MAP_ALL_ACCESS = 0xf001f;
const ERROR_IO_PENDING = 997;
const ERROR_HANDLE_EOF = 38;
const FILE_TYPE_DISK = 1;
/** SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX: no dialogs */
const NO_ERROR_DIALOGS = 0x8003;
const COINIT_MULTITHREADED = 0;
const SYNCHRONIZE = 0x100000;
/** PAGE_READONLY, _READWRITE, _WRITECOPY, and the same with execution */
const PAGE_READABLE = 0x02 | 0x04 | 0x08 | 0x20 | 0x40 | 0x80;
const PAGE_GUARD = 0x100;
/** MEMORY_BASIC_INFORMATION: its size, and where RegionSize, State and Protect are */
const MEMORY_INFORMATION = {
  win64: { bytes: 48, size: 24, state: 32, protect: 36 },
  win32: { bytes: 28, size: 12, state: 16, protect: 20 },
} as const;
const UNBUFFERED = 4; // _IONBF: Windows has no line buffering

/**
 * Windows extensions in a Windows Node: on Windows itself, or on Linux under Wine.
 * @param marks for threads that call extensions
 */
export function windowsPlatform(marks: CallMarks | undefined): Platform {
  const abi = process.arch === 'ia32' ? 'win32' : 'win64';
  const pointerBytes = abi === 'win32' ? 4 : 8;
  /** the C libraries that extensions use, and the size of their FILE where it is needed */
  const C_LIBRARIES = [
    ['msvcrt.dll', abi === 'win32' ? 32 : 48],
    ['ucrtbase.dll', 0],
  ] as const;
  /** where OVERLAPPED keeps the file offset and the event */
  const overlappedOffsets = { offset: 2 * pointerBytes, event: 2 * pointerBytes + 8 };
  const kernel32 = koffi.load('kernel32.dll');
  const define = (name: string, result: string, parameters: string[]): NativeFunction =>
    kernel32.func('__stdcall', name, result, parameters) as NativeFunction;
  const loadLibraryEx = define('LoadLibraryExW', 'void *', ['str16', 'void *', 'uint32']);
  const freeLibrary = define('FreeLibrary', 'int', ['void *']);
  const getProcAddress = define('GetProcAddress', 'void *', ['void *', 'str']);
  const virtualAlloc = define('VirtualAlloc', 'void *', ['void *', 'size_t', 'uint32', 'uint32']);
  const virtualFree = define('VirtualFree', 'int', ['void *', 'size_t', 'uint32']);
  const virtualProtect = define('VirtualProtect', 'int', ['void *', 'size_t', 'uint32', 'void *']);
  const createFile = define('CreateFileW', 'void *', [
    'str16',
    'uint32',
    'uint32',
    'void *',
    'uint32',
    'uint32',
    'void *',
  ]);
  const createFileMapping = define('CreateFileMappingW', 'void *', [
    'void *',
    'void *',
    'uint32',
    'uint32',
    'uint32',
    'void *',
  ]);
  const mapViewOfFile = define('MapViewOfFile', 'void *', ['void *', 'uint32', 'uint32', 'uint32', 'size_t']);
  const closeHandle = define('CloseHandle', 'int', ['void *']);
  const virtualQuery = define('VirtualQuery', 'size_t', ['void *', 'void *', 'size_t']);
  const moveMemory = define('RtlMoveMemory', 'void', ['void *', 'void *', 'size_t']);
  const textLength = define('lstrlenA', 'int', ['void *']);
  const getLastError = define('GetLastError', 'uint32', []);
  const currentThreadId = define('GetCurrentThreadId', 'uint32', []);
  const setFilter = define('SetUnhandledExceptionFilter', 'void *', ['void *']);
  const openThread = define('OpenThread', 'void *', ['uint32', 'int', 'uint32']);
  const waitForSingleObject = define('WaitForSingleObject', 'uint32', ['void *', 'uint32']);
  const getModuleHandle = define('GetModuleHandleA', 'void *', ['str']);
  const setErrorMode = define('SetErrorMode', 'uint32', ['uint32']);
  const fileType = define('GetFileType', 'uint32', ['void *']);
  const fileSize = define('GetFileSizeEx', 'int', ['void *', 'void *']);
  const readFile = define('ReadFile', 'int', ['void *', 'void *', 'uint32', 'void *', 'void *']);
  const overlappedResult = define('GetOverlappedResult', 'int', ['void *', 'void *', 'void *', 'int']);
  const createEvent = define('CreateEventW', 'void *', ['void *', 'int', 'int', 'void *']);

  const view = (address: bigint, bytes: number): Buffer => Buffer.from(koffi.view(address, bytes));
  const allocate = (bytes: number, protection: number): Memory => {
    const address = addressOf(virtualAlloc(null, bytes, MEM.COMMIT | MEM.RESERVE, protection));
    if (address === 0n) throw new Error(`VirtualAlloc of ${String(bytes)} bytes failed`);
    return { address, bytes: view(address, bytes) };
  };

  /** One call gate and one foreign function for each signature. */
  const signatures = new Map<string, NativeFunction>();
  const signature = (result: string, parameters: readonly string[]): NativeFunction => {
    const key = `${result}(${parameters.join()})`;
    let call = signatures.get(key);
    if (!call) {
      call = koffi.decode(
        makeGate(parameters.length).address,
        koffi.proto('__stdcall', result, ['void *', ...parameters]),
      ) as NativeFunction;
      signatures.set(key, call);
    }
    return call;
  };
  const makeGate = (parameters: number): Memory => {
    const { code, functionTable } = callGate(abi, {
      parameters,
      threadMark: marks?.thread ?? 0n,
      errnoLocation: 0n,
      scoreboard: marks?.scoreboard ?? 0n,
      terminateProcess: terminateProcess(),
    });
    const memory = allocate(code.length, PAGE.EXECUTE_READWRITE);
    code.copy(memory.bytes);
    if (functionTable !== undefined) {
      const addFunctionTable = define('RtlAddFunctionTable', 'uint8', ['void *', 'uint32', 'uint64']);
      addFunctionTable(memory.address + BigInt(functionTable), 1, memory.address);
    }
    return memory;
  };
  const terminateProcess = (): bigint =>
    addressOf(getProcAddress(getModuleHandle('kernel32.dll'), 'TerminateProcess'));
  const information = MEMORY_INFORMATION[abi];
  const region = Buffer.alloc(information.bytes);
  /** How many bytes can be read from an address on; the region that they are in may be followed by another one. */
  const readableFrom = (address: bigint): number => {
    if (address < 0n || address >= 1n << BigInt(pointerBytes * 8)) return 0;
    if (Number(virtualQuery(address, region, region.length)) === 0) return 0;
    const protection = region.readUInt32LE(information.protect);
    const isReadable = (protection & PAGE_READABLE) !== 0 && (protection & PAGE_GUARD) === 0;
    if (region.readUInt32LE(information.state) !== MEM.COMMIT || !isReadable) return 0;
    return Number(readPointer(region, 0, abi) + readPointer(region, information.size, abi) - address);
  };
  const lastError = (): number => Number(getLastError());
  /** One OVERLAPPED and its event for each thread: reads wait for their own end. */
  let overlapped: Memory | undefined;

  return {
    abi,
    notation: windowsNotation,
    allocate: (bytes) => allocate(bytes, PAGE.READWRITE),
    free: (memory) => {
      virtualFree(memory.address, 0, MEM.RELEASE);
    },
    allocateCode: (bytes) => allocate(bytes, PAGE.EXECUTE_READWRITE),
    mapFile: (path, bytes) => {
      const file = addressOf(
        createFile(path, GENERIC.READ + GENERIC.WRITE, FILE_SHARE_ALL, null, OPEN_EXISTING, 0, null),
      );
      const mapping = addressOf(createFileMapping(file, null, PAGE.READWRITE, 0, bytes, null));
      const address = addressOf(mapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, bytes));
      if (address === 0n) throw new Error(`cannot map ${path}: error ${String(lastError())}`);
      closeHandle(mapping);
      closeHandle(file);
      return { address, bytes: view(address, bytes) };
    },
    view,
    copyIn: (address, target, offset, length) => {
      moveMemory(offset === 0 ? target : target.subarray(offset), address, length);
    },
    copyOut: (address, source, length) => {
      moveMemory(address, source, length);
    },
    readU32: (address) => koffi.decode.uint32(address),
    writeU32: (address, value) => {
      koffi.encode(address, 'uint32', value >>> 0);
    },
    peek: (address, target, length) => {
      let at = 0;
      while (at < length) {
        const count = Math.min(length - at, readableFrom(address + BigInt(at)));
        if (count === 0) break;
        moveMemory(at === 0 ? target : target.subarray(at), address + BigInt(at), count);
        at += count;
      }
      return at;
    },
    readText: (address) => {
      const length = Number(textLength(address));
      if (length === 0) return '';
      const bytes = Buffer.allocUnsafe(length);
      moveMemory(bytes, address, length);
      return bytes.toString('latin1');
    },
    callback: (parameters, call) =>
      koffi.register(call, koffi.pointer(koffi.proto('__stdcall', 'uint64', [...parameters]))),
    errnoLocation: 0n,
    openLibrary: (path) => {
      const name = Buffer.from(path, 'latin1').toString('utf8');
      const handle = addressOf(loadLibraryEx(name, null, LOAD_WITH_ALTERED_SEARCH_PATH));
      if (handle === 0n) {
        const code = lastError();
        throw new OpenError(code, `Windows error ${String(code)}`);
      }
      return handle;
    },
    closeLibrary: (handle) => {
      freeLibrary(handle);
    },
    symbol: (handle, name) => addressOf(getProcAddress(handle, name)),
    bind: (address, result, parameters): BoundFunction => {
      const call = signature(result, parameters);
      return (...args) => call(address, ...args);
    },
    bindAsync: (address, result, parameters) => {
      const call = signature(result, parameters);
      return (...args) => callAsync(call, [address, ...args]);
    },
    lastError,
    file: (handle) => {
      if (handle === 0n || handle === -1n || BigInt.asIntN(pointerBytes * 8, handle) === -1n)
        return undefined;
      const type = Number(fileType(handle));
      if (type === 0) return undefined;
      const size = Buffer.alloc(8);
      const disk = type === FILE_TYPE_DISK && Number(fileSize(handle, size)) !== 0;
      overlapped ??= newOverlapped();
      const block = overlapped;
      return { size: disk ? Number(size.readBigUInt64LE()) : undefined, read: reader(handle, block) };
    },
    threadId: () => Number(currentThreadId()),
    isThreadAlive: (id) => {
      const thread = addressOf(openThread(SYNCHRONIZE, 0, id));
      if (thread === 0n) return false;
      const ended = Number(waitForSingleObject(thread, 0)) === 0;
      closeHandle(thread);
      return !ended;
    },
    unbufferOutput: () => {
      for (const [name, streamBytes] of C_LIBRARIES) unbuffer(name, streamBytes);
    },
    prepareThread: () => {
      /* COM: worker threads are in the multithreaded apartment. */
      const ole32 = koffi.load('ole32.dll');
      const initialize = ole32.func('__stdcall', 'CoInitializeEx', 'int', [
        'void *',
        'uint32',
      ]) as NativeFunction;
      initialize(null, COINIT_MULTITHREADED);
    },
    recordCrashes: (board) => {
      setErrorMode(NO_ERROR_DIALOGS);
      const code = crashRecorder(abi, board.address);
      const memory = allocate(code.length, PAGE.EXECUTE_READWRITE);
      code.copy(memory.bytes);
      setFilter(memory.address);
      takeExit(board);
    },
  };

  /** Under Wine, puts the exit gate before the end of the process; Windows itself does not wait for stopped threads. */
  function takeExit(board: Memory): void {
    const ntdll = getModuleHandle('ntdll.dll');
    if (addressOf(getProcAddress(ntdll, 'wine_get_version')) === 0n) return;
    const code = exitGate(abi, board.address, terminateProcess());
    const memory = allocate(code.length, PAGE.EXECUTE_READWRITE);
    code.copy(memory.bytes);
    const exit = addressOf(getProcAddress(ntdll, 'RtlExitUserProcess'));
    const jump = jumpTo(abi, memory.address);
    const before = Buffer.alloc(4);
    if (Number(virtualProtect(exit, jump.length, PAGE.EXECUTE_READWRITE, before)) === 0) {
      throw new Error(`VirtualProtect failed: error ${String(lastError())}`);
    }
    moveMemory(exit, jump, jump.length);
    virtualProtect(exit, jump.length, before.readUInt32LE(), before);
  }

  /** Makes standard output of one of Microsoft's C libraries unbuffered; a library that is not there has none. */
  function unbuffer(name: string, streamBytes: number): void {
    const module = addressOf(loadLibraryEx(name, null, 0));
    const address = (symbol: string): bigint =>
      module === 0n ? 0n : addressOf(getProcAddress(module, symbol));
    const setvbuf = address('setvbuf');
    const stream = address('__acrt_iob_func');
    const streams = address('__iob_func');
    if (setvbuf === 0n || (stream === 0n && streams === 0n)) return;
    const decode = (at: bigint, result: string, parameters: string[]): NativeFunction =>
      koffi.decode(at, koffi.proto('__cdecl', result, parameters)) as NativeFunction;
    const stdout =
      stream === 0n
        ? addressOf(decode(streams, 'void *', [])()) + BigInt(streamBytes)
        : addressOf(decode(stream, 'void *', ['uint32'])(1));
    decode(setvbuf, 'int', ['void *', 'void *', 'int', 'size_t'])(stdout, null, UNBUFFERED, 0);
  }

  /** OVERLAPPED: Internal, InternalHigh, Offset, OffsetHigh, hEvent; then the byte count. */
  function newOverlapped(): Memory {
    const memory = allocate(64, PAGE.READWRITE);
    const event = addressOf(createEvent(null, 1, 0, null));
    const at = overlappedOffsets.event;
    if (pointerBytes === 8) memory.bytes.writeBigUInt64LE(event, at);
    else memory.bytes.writeUInt32LE(Number(event), at);
    return memory;
  }

  /** Reads with an explicit offset, whether the handle was opened FILE_FLAG_OVERLAPPED or not. */
  function reader(handle: bigint, block: Memory): NativeFile['read'] {
    const countAddress = block.address + 48n;
    return (target, offset, length, position) => {
      block.bytes.fill(0, 0, overlappedOffsets.offset);
      block.bytes.writeUInt32LE(position >>> 0, overlappedOffsets.offset);
      block.bytes.writeUInt32LE(Math.floor(position / 0x100000000), overlappedOffsets.offset + 4);
      block.bytes.writeUInt32LE(0, 48);
      const into = offset === 0 ? target : target.subarray(offset);
      if (Number(readFile(handle, into, length, countAddress, block.address)) === 0) {
        const code = lastError();
        if (code === ERROR_HANDLE_EOF) return 0;
        if (code !== ERROR_IO_PENDING) throw new Error(`ReadFile failed with error ${String(code)}`);
      }
      if (Number(overlappedResult(handle, block.address, countAddress, 1)) === 0) {
        const code = lastError();
        if (code === ERROR_HANDLE_EOF) return 0;
        throw new Error(`ReadFile failed with error ${String(code)}`);
      }
      return block.bytes.readUInt32LE(48);
    };
  }
}
