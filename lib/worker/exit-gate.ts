import { CRASH_KIND, SCOREBOARD } from '../channel/scoreboard.js';

/** The Windows ABIs. */
type WindowsAbi = 'win64' | 'win32';

const { crashed, crashCode, crashThread } = SCOREBOARD;
const RECORDED = [CRASH_KIND.EXIT, 0, 0, 0];

function u64(value: bigint): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return [...bytes];
}

const u32 = (value: bigint): number[] => u64(value).slice(0, 4);

/**
 * Machine code that takes the place of RtlExitUserProcess (NTSTATUS), which ExitProcess, exit() and abort() come to:
 * it notes in the scoreboard that an extension has ended the process, unless a crash was noted before, and ends it at
 * once. The ordinary way stops all other threads first and then runs the end code of every library: where a thread
 * was stopped that held a lock which that code needs, Wine waits for ever.
 */
export function exitGate(abi: WindowsAbi, scoreboard: bigint, terminateProcess: bigint): Buffer {
  return Buffer.from(GATES[abi](scoreboard, terminateProcess));
}

const GATES: Readonly<Record<WindowsAbi, (scoreboard: bigint, terminateProcess: bigint) => number[]>> = {
  win64: (scoreboard, terminateProcess) => {
    const note = [
      ...[0x41, 0x89, 0x50, crashCode], //                      mov [r8+code], edx
      ...[0x65, 0x8b, 0x04, 0x25, 0x48, 0x00, 0x00, 0x00], //   mov eax, gs:[0x48]: thread id
      ...[0x41, 0x89, 0x40, crashThread], //                    mov [r8+thread], eax
      ...[0x41, 0xc7, 0x40, crashed, ...RECORDED], //           mov dword [r8+crashed], EXIT
    ];
    return [
      ...[0x89, 0xca], //                                       mov edx, ecx: the status
      ...[0x49, 0xb8, ...u64(scoreboard)], //                   mov r8, scoreboard
      ...[0x41, 0x83, 0x78, crashed, 0x00], //                  cmp dword [r8+crashed], 0
      ...[0x75, note.length], //                                jne: noted already
      ...note,
      ...[0x48, 0x83, 0xec, 0x28], //                           sub rsp, 0x28
      ...[0x48, 0xc7, 0xc1, 0xff, 0xff, 0xff, 0xff], //         mov rcx, -1: this process
      ...[0x48, 0xb8, ...u64(terminateProcess)], //             mov rax, TerminateProcess
      ...[0xff, 0xd0, 0xcc], //                                 call rax; int3
    ];
  },
  win32: (scoreboard, terminateProcess) => {
    const note = [
      ...[0x89, 0x51, crashCode], //                            mov [ecx+code], edx
      ...[0x64, 0xa1, 0x24, 0x00, 0x00, 0x00], //               mov eax, fs:[0x24]: thread id
      ...[0x89, 0x41, crashThread], //                          mov [ecx+thread], eax
      ...[0xc7, 0x41, crashed, ...RECORDED], //                 mov dword [ecx+crashed], EXIT
    ];
    return [
      ...[0x8b, 0x54, 0x24, 0x04], //                           mov edx, [esp+4]: the status
      ...[0xb9, ...u32(scoreboard)], //                         mov ecx, scoreboard
      ...[0x83, 0x79, crashed, 0x00], //                        cmp dword [ecx+crashed], 0
      ...[0x75, note.length], //                                jne: noted already
      ...note,
      ...[0x52, 0x6a, 0xff], //                                 push edx; push -1: this process
      ...[0xb8, ...u32(terminateProcess)], //                   mov eax, TerminateProcess
      ...[0xff, 0xd0, 0xcc], //                                 call eax; int3
    ];
  },
};

/** The jump that is written over the first bytes of the function whose place the gate takes. */
export function jumpTo(abi: WindowsAbi, address: bigint): Buffer {
  // mov rax, address; jmp rax | mov eax, address; jmp eax
  return Buffer.from(
    abi === 'win64' ? [0x48, 0xb8, ...u64(address), 0xff, 0xe0] : [0xb8, ...u32(address), 0xff, 0xe0],
  );
}
