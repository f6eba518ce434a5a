import { execFile } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * A pipe of two directions between the server and one worker thread: two FIFOs in the file system on Linux (which
 * Windows programs open by path under Wine), one named pipe on Windows. The server's ends are asynchronous, the
 * worker's block.
 */

/** How a worker opens its ends: the same name twice for a named pipe. Names are in the server's notation. */
export interface PipeNames {
  readonly toWorker: string;
  readonly toServer: string;
}

/** What the server does with a pipe. */
export interface ServerPipe {
  readonly names: PipeNames;
  /** Sends bytes; they are queued until the worker takes them. */
  write(data: Buffer): void;
  close(): void;
}

/** What happens on a pipe: what `data` gets is valid until it returns; `end` comes once, when the worker closed its side. */
export interface PipeEvents {
  data(chunk: Buffer): void;
  end(): void;
}

const onWindows = process.platform === 'win32';

/** The names for pipe number `index` of a worker process whose run folder is `folder`. */
export function pipeNames(folder: string, name: string): PipeNames {
  if (onWindows) {
    const pipe = `\\\\.\\pipe\\isapi-host-${path.basename(folder)}-${name}`;
    return { toWorker: pipe, toServer: pipe };
  }
  return { toWorker: path.join(folder, `${name}.in`), toServer: path.join(folder, `${name}.out`) };
}

/** Makes the FIFOs of several pipes with one call of the system's mkfifo; on Windows nothing is to be made. */
export async function makePipes(folder: string, names: readonly string[]): Promise<void> {
  if (onWindows) return;
  const files = names.flatMap((name) => Object.values(pipeNames(folder, name)) as string[]);
  await promisify(execFile)('mkfifo', ['-m', '600', ...files]);
}

/** Opens the server's ends; the worker may open its own at any time after. */
export function openServerPipe(folder: string, name: string, events: PipeEvents): Promise<ServerPipe> {
  const names = pipeNames(folder, name);
  return onWindows ? openNamedPipe(names, events) : Promise.resolve(openFifos(names, events));
}

/** What a pipe of the system holds: more is not read at once. */
const READ_BYTES = 64 * 1024;

/** Lets a socket read into memory of its own, always the same: fresh memory for each read is slow. */
function readInto(events: PipeEvents): net.OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback: (bytes) => {
      events.data(buffer.subarray(0, bytes));
      return true;
    },
  };
}

function listen(socket: net.Socket, events: PipeEvents): void {
  socket.once('close', () => {
    events.end();
  });
  /* An error is followed by close. */
  socket.on('error', () => undefined);
}

function openFifos(names: PipeNames, events: PipeEvents): ServerPipe {
  const { O_RDONLY, O_RDWR, O_NONBLOCK } = fs.constants;
  /* The reading end is for reading only, so that the end of data is seen when the worker is gone. The writing end is
     also readable, so that it can be opened before the worker is there. */
  const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
    fd: fs.openSync(names.toServer, O_RDONLY | O_NONBLOCK),
    writable: false,
    onread: readInto(events),
  };
  const input = new net.Socket(options);
  input.resume();
  const fd = fs.openSync(names.toWorker, O_RDWR | O_NONBLOCK);
  const output = new net.Socket({ fd, readable: false });
  listen(input, events);
  output.on('error', () => undefined);
  return {
    names,
    write: batchWriter((data) => {
      // The descriptor may be another file's by now.
      if (output.destroyed) return;
      const written = output.writableLength > 0 ? 0 : writeNow(fd, data);
      if (written < data.length) output.write(written === 0 ? data : data.subarray(written));
    }),
    close: () => {
      input.destroy();
      output.destroy();
    },
  };
}

/**
 * Writes what a FIFO takes at once, which a stream would do with far more ado; returns how many bytes that were. An error
 * is left to the stream, which meets it again.
 */
function writeNow(fd: number, data: Buffer): number {
  try {
    return fs.writeSync(fd, data);
  } catch {
    return 0;
  }
}

/**
 * Writes once all that is sent in one turn of the event loop: waking the worker costs more than anything else about a
 * small request.
 */
function batchWriter(write: (data: Buffer) => void): (data: Buffer) => void {
  let waiting: Buffer[] = [];
  const flush = (): void => {
    const [only = EMPTY] = waiting;
    const data = waiting.length === 1 ? only : Buffer.concat(waiting);
    waiting = [];
    write(data);
  };
  return (data) => {
    if (waiting.push(data) === 1) setImmediate(flush);
  };
}

const EMPTY = Buffer.alloc(0);

function openNamedPipe(names: PipeNames, events: PipeEvents): Promise<ServerPipe> {
  return new Promise((resolve, reject) => {
    let socket: net.Socket | undefined;
    let write: ((data: Buffer) => void) | undefined;
    const early: Buffer[] = [];
    const server = net.createServer((connected) => {
      server.close();
      socket = connected;
      connected.on('data', (chunk: Buffer) => {
        events.data(chunk);
      });
      listen(connected, events);
      write = batchWriter((data) => connected.write(data));
      for (const data of early.splice(0)) write(data);
    });
    server.once('error', reject);
    server.listen(names.toServer, () => {
      resolve({
        names,
        write: (data) => {
          if (write) write(data);
          else early.push(data);
        },
        close: () => {
          server.close();
          socket?.destroy();
        },
      });
    });
  });
}
