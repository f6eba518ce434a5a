import type { Abi } from '../isapi/constants.js';

/**
 * A few bytes of machine code between an extension and a callback in JavaScript. A registered callback returns 64
 * bits: the BOOL in the low half, the last error in the high half, 0 for "leave it as it was". The code puts the
 * high half where the calling thread keeps its last error and returns the low half. It is needed because anything
 * that the JavaScript engine does in between may change the last error, and because a callback from a thread of the
 * extension runs in another thread.
 *
 * Registers and offsets: System V AMD64 ABI, Microsoft x64 and stdcall conventions; the last error is at gs:[0x68]
 * (x64) and fs:[0x34] (x86) of the thread environment block, and at *__errno_location() on ELF.
 *
 * @param parameters of the callback as the extension calls it: 3 to 5
 * @param tellsThread the target gets the id of the calling thread behind them, which it cannot find out itself: a call
 *   from a thread of the extension runs in another one
 */
export function lastErrorThunk(
  abi: Abi,
  target: bigint,
  parameters: number,
  errnoLocation: bigint,
  tellsThread = false,
): Buffer {
  return ENCODERS[abi](target, parameters, errnoLocation, tellsThread);
}

type Encoder = (target: bigint, parameters: number, errnoLocation: bigint, tellsThread: boolean) => Buffer;

function code(...parts: (readonly number[] | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function u32(value: bigint): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(value));
  return bytes;
}

/** mov ecx, eax; mov r8d, eax; mov r9d, eax: the parameter behind 3, 4 and 5 others (System V). */
const ELF_NEXT: Readonly<Record<number, readonly number[]>> = {
  3: [0x89, 0xc1],
  4: [0x41, 0x89, 0xc0],
  5: [0x41, 0x89, 0xc1],
};

/** mov r9d, eax; mov [rsp+0x20], rax; mov [rsp+0x28], rax: the same (Microsoft x64). */
const WIN64_NEXT: Readonly<Record<number, readonly number[]>> = {
  3: [0x41, 0x89, 0xc1],
  4: [0x48, 0x89, 0x44, 0x24, 0x20],
  5: [0x48, 0x89, 0x44, 0x24, 0x28],
};

const ENCODERS: Readonly<Record<Abi, Encoder>> = {
  elf: (target, parameters, errnoLocation, tellsThread) =>
    code(
      [0x53], //                   push rbx
      [0x41, 0x54], //             push r12
      [0x57, 0x56, 0x52, 0x51], // push rdi, rsi, rdx, rcx
      [0x41, 0x50], //             push r8
      [0x48, 0xb8],
      u64(errnoLocation), //       mov rax, __errno_location
      [0xff, 0xd0], //             call rax
      [0x48, 0x89, 0xc3], //       mov rbx, rax
      [0x44, 0x8b, 0x20], //       mov r12d, [rax]
      tellsThread ? [0xb8, 0xba, 0x00, 0x00, 0x00, 0x0f, 0x05] : [], // mov eax, 186 (gettid); syscall
      [0x41, 0x58], //             pop r8
      [0x59, 0x5a, 0x5e, 0x5f], // pop rcx, rdx, rsi, rdi
      tellsThread ? (ELF_NEXT[parameters] ?? []) : [],
      [0x48, 0x83, 0xec, 0x08], // sub rsp, 8
      [0x48, 0xb8],
      u64(target), //              mov rax, target
      [0xff, 0xd0], //             call rax
      [0x48, 0x83, 0xc4, 0x08], // add rsp, 8
      [0x48, 0x89, 0xc1], //       mov rcx, rax
      [0x48, 0xc1, 0xe9, 0x20], // shr rcx, 32
      [0x85, 0xc9], //             test ecx, ecx
      [0x41, 0x0f, 0x44, 0xcc], // cmovz ecx, r12d
      [0x89, 0x0b], //             mov [rbx], ecx
      [0x41, 0x5c, 0x5b, 0xc3], // pop r12; pop rbx; ret
    ),
  win64: (target, parameters, _errnoLocation, tellsThread) =>
    code(
      [0x53], //                                               push rbx
      [0x48, 0x83, 0xec, 0x30], //                             sub rsp, 0x30
      [0x65, 0x8b, 0x1c, 0x25, 0x68, 0x00, 0x00, 0x00], //     mov ebx, gs:[0x68]
      [0x48, 0x8b, 0x44, 0x24, 0x60], //                       mov rax, [rsp+0x60]: the fifth parameter
      [0x48, 0x89, 0x44, 0x24, 0x20], //                       mov [rsp+0x20], rax
      tellsThread
        ? [
            ...[0x65, 0x8b, 0x04, 0x25, 0x48, 0x00, 0x00, 0x00], // mov eax, gs:[0x48]: thread id
            ...(WIN64_NEXT[parameters] ?? []),
          ]
        : [],
      [0x48, 0xb8],
      u64(target), //                                          mov rax, target
      [0xff, 0xd0], //                                         call rax
      [0x48, 0x89, 0xc1], //                                   mov rcx, rax
      [0x48, 0xc1, 0xe9, 0x20], //                             shr rcx, 32
      [0x85, 0xc9], //                                         test ecx, ecx
      [0x0f, 0x44, 0xcb], //                                   cmovz ecx, ebx
      [0x65, 0x89, 0x0c, 0x25, 0x68, 0x00, 0x00, 0x00], //     mov gs:[0x68], ecx
      [0x48, 0x83, 0xc4, 0x30, 0x5b, 0xc3], //                 add rsp, 0x30; pop rbx; ret
    ),
  win32: (target, parameters, _errnoLocation, tellsThread) =>
    code(
      [0x53], //                                         push ebx
      [0x64, 0x8b, 0x1d, 0x34, 0x00, 0x00, 0x00], //     mov ebx, fs:[0x34]
      tellsThread ? [0x64, 0xff, 0x35, 0x24, 0x00, 0x00, 0x00] : [], // push dword fs:[0x24]: thread id
      /* push [esp+4+4n], and 4 more above the thread id */
      ...Array.from({ length: parameters }, () => [
        ...[0xff, 0x74, 0x24],
        4 + 4 * parameters + (tellsThread ? 4 : 0),
      ]),
      [0xb8],
      u32(target), //                                    mov eax, target
      [0xff, 0xd0], //                                   call eax
      [0x85, 0xd2], //                                   test edx, edx
      [0x0f, 0x44, 0xd3], //                             cmovz edx, ebx
      [0x64, 0x89, 0x15, 0x34, 0x00, 0x00, 0x00], //     mov fs:[0x34], edx
      [0x5b], //                                         pop ebx
      [0xc2, 4 * parameters, 0x00], //                   ret 4n
    ),
};
