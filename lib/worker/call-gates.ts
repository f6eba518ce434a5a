import { SCOREBOARD } from '../channel/scoreboard.js';
import type { Abi } from '../isapi/constants.js';

/**
 * Machine code that calls a function whose address is the first parameter, so that one prepared foreign function
 * serves every library. It sets the thread's last error to 0 first: what the server's own calls have left there, a failed
 * look-up of a name for one, is not to be taken for the extension's. On Windows x64 it also ends the process when an exception leaves the extension unhandled: the
 * search for a handler cannot go on beyond the stack that the foreign function interface has switched to.
 */
export interface CallGate {
  readonly code: Buffer;
  /** offset of the RUNTIME_FUNCTION that describes the code (x64 Windows), or undefined */
  readonly functionTable: number | undefined;
}

/** What a gate has to know. */
export interface GateOptions {
  /** how many parameters the called function has: four at most */
  readonly parameters: number;
  /** where the id of the calling thread is noted, for crash records; 0n for nowhere */
  readonly threadMark: bigint;
  /** address of __errno_location (ELF) */
  readonly errnoLocation: bigint;
  /** where an unhandled exception is noted (x64 Windows) */
  readonly scoreboard: bigint;
  /** address of the system's TerminateProcess (x64 Windows) */
  readonly terminateProcess: bigint;
}

export function callGate(abi: Abi, options: GateOptions): CallGate {
  return GATES[abi](options);
}

const { crashed, crashCode, crashAddress, crashThread, crashInstruction } = SCOREBOARD;

function u64(value: bigint): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return [...bytes];
}

function u32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return [...bytes];
}

const GATES: Readonly<Record<Abi, (options: GateOptions) => CallGate>> = {
  elf: ({ threadMark, errnoLocation }) => ({
    code: Buffer.from([
      ...(threadMark === 0n
        ? []
        : [
            ...[0x49, 0x89, 0xca], //                         mov r10, rcx
            ...[0xb8, 0xba, 0x00, 0x00, 0x00, 0x0f, 0x05], // mov eax, 186 (gettid); syscall
            ...[0x4c, 0x89, 0xd1], //                         mov rcx, r10
            ...[0x49, 0xba, ...u64(threadMark)], //           mov r10, threadMark
            ...[0x41, 0x89, 0x02], //                         mov [r10], eax
          ]),
      ...[0x57, 0x56, 0x52, 0x51, 0x41, 0x50], //         push rdi, rsi, rdx, rcx, r8
      ...[0x48, 0xb8, ...u64(errnoLocation)], //           mov rax, __errno_location
      ...[0xff, 0xd0], //                                  call rax
      ...[0xc7, 0x00, ...u32(0)], //                       mov dword [rax], 0
      ...[0x41, 0x58, 0x59, 0x5a, 0x5e, 0x5f], //         pop r8, rcx, rdx, rsi, rdi
      ...[0x48, 0x89, 0xf8], // mov rax, rdi: the function
      ...[0x48, 0x89, 0xf7], // mov rdi, rsi
      ...[0x48, 0x89, 0xd6], // mov rsi, rdx
      ...[0x48, 0x89, 0xca], // mov rdx, rcx
      ...[0x4c, 0x89, 0xc1], // mov rcx, r8
      ...[0xff, 0xe0], //       jmp rax
    ]),
    functionTable: undefined,
  }),
  win32: ({ threadMark }) => ({
    code: Buffer.from([
      ...(threadMark === 0n
        ? []
        : [
            ...[0x64, 0xa1, 0x24, 0x00, 0x00, 0x00], //    mov eax, fs:[0x24]: thread id
            ...[0xa3, ...u64(threadMark).slice(0, 4)], //  mov [threadMark], eax
          ]),
      ...[0x64, 0xc7, 0x05, ...u32(0x34), ...u32(0)], // mov dword fs:[0x34], 0: last error
      0x58, //            pop eax: where to return to
      0x59, //            pop ecx: the function
      0x50, //            push eax
      ...[0xff, 0xe1], // jmp ecx
    ]),
    functionTable: undefined,
  }),
  win64: ({ parameters, threadMark, scoreboard, terminateProcess }) => {
    const gate = [
      ...[0x48, 0x83, 0xec, 0x28], //       sub rsp, 0x28
      ...(threadMark === 0n
        ? []
        : [
            ...[0x65, 0x8b, 0x04, 0x25, 0x48, 0x00, 0x00, 0x00], // mov eax, gs:[0x48]: thread id
            ...[0x49, 0xba, ...u64(threadMark)], //                 mov r10, threadMark
            ...[0x41, 0x89, 0x02], //                               mov [r10], eax
          ]),
      ...[0x65, 0xc7, 0x04, 0x25, ...u32(0x68), ...u32(0)], // mov dword gs:[0x68], 0: last error
      /* Wine keeps handlers of its own in a list at gs:[0] and orders them with the stack's frames by address, which
         is wrong on another stack: the list is empty while the extension runs. */
      ...[0x65, 0x48, 0x8b, 0x04, 0x25, ...u32(0)], //                          mov rax, gs:[0]
      ...[0x48, 0x89, 0x44, 0x24, 0x20], //                                     mov [rsp+0x20], rax
      ...[0x65, 0x48, 0xc7, 0x04, 0x25, ...u32(0), 0xff, 0xff, 0xff, 0xff], //  mov qword gs:[0], -1
      ...[0x48, 0x89, 0xc8], //             mov rax, rcx: the function
      ...[0x48, 0x89, 0xd1], //             mov rcx, rdx
      ...[0x4c, 0x89, 0xc2], //             mov rdx, r8
      ...[0x4d, 0x89, 0xc8], //             mov r8, r9
      /* mov r9, [rsp+0x50], the gate's own fifth parameter; without one the stack may end before it */
      ...(parameters > 3 ? [0x4c, 0x8b, 0x4c, 0x24, 0x50] : []),
      ...[0xff, 0xd0], //                   call rax
      ...[0x48, 0x8b, 0x4c, 0x24, 0x20], // mov rcx, [rsp+0x20]
      ...[0x65, 0x48, 0x89, 0x0c, 0x25, ...u32(0)], // mov gs:[0], rcx
      ...[0x48, 0x83, 0xc4, 0x28], //       add rsp, 0x28
      0xc3, //                              ret
    ];
    /* The exception handler (EXCEPTION_RECORD *, frame, CONTEXT *, DISPATCHER_CONTEXT *). */
    const record = [
      ...[0x49, 0xb8, ...u64(scoreboard)], //                     mov r8, scoreboard
      ...[0x8b, 0x11], //                                         mov edx, [rcx]: ExceptionCode
      ...[0x41, 0x89, 0x50, crashCode], //                        mov [r8+code], edx
      ...[0x48, 0x8b, 0x41, 0x10], //                             mov rax, [rcx+16]: ExceptionAddress
      ...[0x49, 0x89, 0x40, crashInstruction], //                 mov [r8+instruction], rax
      ...[0x48, 0x8b, 0x41, 0x28], //                             mov rax, [rcx+40]: ExceptionInformation[1]
      ...[0x49, 0x89, 0x40, crashAddress], //                     mov [r8+address], rax
      ...[0x65, 0x8b, 0x04, 0x25, 0x48, 0x00, 0x00, 0x00], //     mov eax, gs:[0x48]: thread id
      ...[0x41, 0x89, 0x40, crashThread], //                      mov [r8+thread], eax
      ...[0x41, 0xc7, 0x40, crashed, 0x01, 0x00, 0x00, 0x00], //  mov dword [r8+crashed], 1
    ];
    const handler = [
      ...[0xf6, 0x41, 0x04, 0x06], //                             test byte [rcx+4], 6: unwinding?
      ...[0x74, 0x06], //                                         jz +6
      ...[0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3], //                 mov eax, 1 (ExceptionContinueSearch); ret
      ...record,
      ...[0x48, 0x83, 0xec, 0x28], //                             sub rsp, 0x28
      ...[0x48, 0xc7, 0xc1, 0xff, 0xff, 0xff, 0xff], //           mov rcx, -1: this process; edx is the code
      ...[0x48, 0xb8, ...u64(terminateProcess)], //               mov rax, TerminateProcess
      ...[0xff, 0xd0, 0xcc], //                                   call rax; int3
    ];
    const handlerAt = align(gate.length, 16);
    const unwindAt = align(handlerAt + handler.length, 4);
    /* UNWIND_INFO: version 1 with a handler, prologue of 4 bytes, one code: UWOP_ALLOC_SMALL of 0x28 bytes. */
    const unwind = [0x09, 0x04, 0x01, 0x00, 0x04, 0x42, 0x00, 0x00, ...u32(handlerAt)];
    const tableAt = align(unwindAt + unwind.length, 4);
    const table = [...u32(0), ...u32(gate.length), ...u32(unwindAt)];
    const code = Buffer.alloc(tableAt + table.length, 0xcc);
    code.set(gate, 0);
    code.set(handler, handlerAt);
    code.set(unwind, unwindAt);
    code.set(table, tableAt);
    return { code, functionTable: tableAt };
  },
};

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
