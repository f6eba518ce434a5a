import type { ServerArea } from '../channel/body-area.js';
import { HostError } from '../errors.js';
import { BodyBuffers } from './body-buffers.js';

/** Response bytes that a worker has put into its body area: said to be there, and taken when something else comes. */
export class AnnouncedBody {
  readonly #onBody: (chunk: Buffer, release: () => void) => void;
  #bytes = 0;

  constructor(onBody: (chunk: Buffer, release: () => void) => void) {
    this.#onBody = onBody;
  }

  /** A BODY_AREA frame. Throws CHANNEL_FRAME for more than the area holds. */
  announce(payload: Buffer, area: ServerArea | undefined): void {
    this.#bytes += payload.readUInt32LE(0);
    if (this.#bytes <= (area?.bytes.output ?? 0)) return;
    throw new HostError('CHANNEL_FRAME', 'more response was announced than the body area holds');
  }

  /** Hands over what was announced since the last time: several pieces in a row are taken as one. */
  take(area: ServerArea | undefined): void {
    while (this.#bytes > 0 && area) {
      const count = Math.min(this.#bytes, BodyBuffers.largest);
      this.#bytes -= count;
      const buffer = BodyBuffers.get(count);
      area.take(buffer, count);
      this.#onBody(buffer.subarray(0, count), () => {
        BodyBuffers.put(buffer);
      });
    }
  }
}
