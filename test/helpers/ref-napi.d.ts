/** What the tests use of ref-napi, which has no types of its own. */
declare module 'ref-napi' {
  export interface Type {
    readonly name: string;
    readonly size: number;
  }
  const ref: {
    readonly types: Readonly<
      Record<'uint8' | 'uint16' | 'uint32' | 'uint64' | 'int32' | 'char' | 'byte' | 'size_t', Type>
    >;
    /** the address of a buffer's memory */
    address(buffer: Buffer): number;
    /** the value of a type at an offset; 64-bit ones are text where a number would lose digits */
    get(buffer: Buffer, offset: number, type: Type): number | string;
    set(buffer: Buffer, offset: number, value: number | string, type: Type): void;
    /** the memory of `size` bytes that the pointer at an offset points to */
    readPointer(buffer: Buffer, offset: number, size: number): Buffer;
    readCString(buffer: Buffer, offset: number): string;
    isNull(buffer: Buffer): boolean;
  };
  export default ref;
}
