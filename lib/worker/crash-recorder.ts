import { SCOREBOARD } from '../channel/scoreboard.js';
import type { Abi } from '../isapi/constants.js';

/**
 * Machine code that notes a crash in the scoreboard: what happened, where, and in which thread. It only stores to
 * memory that is mapped already, because a stack may have overflowed or the heap be broken. It then lets the process
 * end as it would have.
 *
 * ELF: a signal handler (int signal, siginfo_t *, ucontext_t *) for SA_SIGINFO | SA_RESETHAND; it raises the signal again
 * for its own thread, so that the default action ends the process when it returns. si_addr is at 16, RIP at 168 of the
 * ucontext.
 * Windows: a top-level exception filter (EXCEPTION_POINTERS *); it returns EXCEPTION_EXECUTE_HANDLER, so the process
 * ends with the exception code and no debugger or dialog starts.
 */
export function crashRecorder(abi: Abi, scoreboard: bigint): Buffer {
  return RECORDERS[abi](scoreboard);
}

const { crashed, crashCode, crashAddress, crashThread, crashInstruction } = SCOREBOARD;

function u64(value: bigint): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return [...bytes];
}

const RECORDERS: Readonly<Record<Abi, (scoreboard: bigint) => Buffer>> = {
  elf: (scoreboard) =>
    Buffer.from([
      ...[0x49, 0xb8, ...u64(scoreboard)], //                  mov r8, scoreboard
      ...[0x41, 0x89, 0x78, crashCode], //                     mov [r8+code], edi
      ...[0x48, 0x8b, 0x46, 0x10], //                          mov rax, [rsi+16]
      ...[0x49, 0x89, 0x40, crashAddress], //                  mov [r8+address], rax
      ...[0x48, 0x8b, 0x82, 0xa8, 0x00, 0x00, 0x00], //        mov rax, [rdx+168]
      ...[0x49, 0x89, 0x40, crashInstruction], //              mov [r8+instruction], rax
      ...[0xb8, 0xba, 0x00, 0x00, 0x00, 0x0f, 0x05], //        mov eax, 186 (gettid); syscall
      ...[0x41, 0x89, 0x40, crashThread], //                   mov [r8+thread], eax
      ...[0x41, 0xc7, 0x40, crashed, 0x01, 0x00, 0x00, 0x00], // mov dword [r8+crashed], 1
      ...[0x89, 0xfe], //                                      mov esi, edi: the signal
      ...[0x89, 0xc7], //                                      mov edi, eax: this thread
      ...[0xb8, 0xc8, 0x00, 0x00, 0x00, 0x0f, 0x05], //        mov eax, 200 (tkill); syscall
      0xc3, //                                                 ret
    ]),
  win64: (scoreboard) =>
    Buffer.from([
      ...[0x49, 0xb8, ...u64(scoreboard)], //                  mov r8, scoreboard
      ...[0x48, 0x8b, 0x01], //                                mov rax, [rcx]: EXCEPTION_RECORD
      ...[0x8b, 0x10], //                                      mov edx, [rax]
      ...[0x41, 0x89, 0x50, crashCode], //                     mov [r8+code], edx
      ...[0x48, 0x8b, 0x50, 0x10], //                          mov rdx, [rax+16]: ExceptionAddress
      ...[0x49, 0x89, 0x50, crashInstruction], //              mov [r8+instruction], rdx
      ...[0x48, 0x8b, 0x50, 0x28], //                          mov rdx, [rax+40]: ExceptionInformation[1]
      ...[0x49, 0x89, 0x50, crashAddress], //                  mov [r8+address], rdx
      ...[0x65, 0x8b, 0x14, 0x25, 0x48, 0x00, 0x00, 0x00], //  mov edx, gs:[0x48]: thread id
      ...[0x41, 0x89, 0x50, crashThread], //                   mov [r8+thread], edx
      ...[0x41, 0xc7, 0x40, crashed, 0x01, 0x00, 0x00, 0x00], // mov dword [r8+crashed], 1
      ...[0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3], //              mov eax, 1; ret
    ]),
  win32: (scoreboard) =>
    Buffer.from([
      0x53, //                                                 push ebx
      ...[0xbb, ...u64(scoreboard).slice(0, 4)], //            mov ebx, scoreboard
      ...[0x8b, 0x44, 0x24, 0x08], //                          mov eax, [esp+8]: EXCEPTION_POINTERS
      ...[0x8b, 0x00], //                                      mov eax, [eax]: EXCEPTION_RECORD
      ...[0x8b, 0x10], //                                      mov edx, [eax]
      ...[0x89, 0x53, crashCode], //                           mov [ebx+code], edx
      ...[0x8b, 0x50, 0x0c], //                                mov edx, [eax+12]: ExceptionAddress
      ...[0x89, 0x53, crashInstruction], //                    mov [ebx+instruction], edx
      ...[0x8b, 0x50, 0x18], //                                mov edx, [eax+24]: ExceptionInformation[1]
      ...[0x89, 0x53, crashAddress], //                        mov [ebx+address], edx
      ...[0x64, 0x8b, 0x15, 0x24, 0x00, 0x00, 0x00], //        mov edx, fs:[0x24]: thread id
      ...[0x89, 0x53, crashThread], //                         mov [ebx+thread], edx
      ...[0xc7, 0x43, crashed, 0x01, 0x00, 0x00, 0x00], //     mov dword [ebx+crashed], 1
      ...[0xb8, 0x01, 0x00, 0x00, 0x00, 0x5b], //              mov eax, 1; pop ebx
      ...[0xc2, 0x04, 0x00], //                                ret 4
    ]),
};

/**
 * Machine code for on_exit (int status, void *): notes that an extension has called exit() and ends the process at
 * once. The ordinary way would wait for other threads of the process, which are inside extensions. ELF only.
 */
export function exitRecorder(scoreboard: bigint): Buffer {
  return Buffer.from([
    ...[0x49, 0xb8, ...u64(scoreboard)], //                    mov r8, scoreboard
    ...[0x41, 0x89, 0x78, crashCode], //                       mov [r8+code], edi
    ...[0xb8, 0xba, 0x00, 0x00, 0x00, 0x0f, 0x05], //          mov eax, 186 (gettid); syscall
    ...[0x41, 0x89, 0x40, crashThread], //                     mov [r8+thread], eax
    ...[0x41, 0xc7, 0x40, crashed, 0x02, 0x00, 0x00, 0x00], // mov dword [r8+crashed], 2
    ...[0xb8, 0xe7, 0x00, 0x00, 0x00, 0x0f, 0x05], //          mov eax, 231 (exit_group); syscall
  ]);
}
