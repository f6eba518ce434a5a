/** What was read from a connection and written to it so far, in bytes: a socket has that. */
export interface Traffic {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

let lastNumber = 0;

/** What the logs remember of a connection. */
export class ConnectionMark {
  /** a line about it is in the error log */
  logged = false;
  /** its traffic when its last request was logged */
  bytesReadBefore = 0;
  bytesWrittenBefore = 0;
  readonly traffic: Traffic;
  #id: string | undefined;

  constructor(traffic: Traffic) {
    this.traffic = traffic;
  }

  /** unique within the server's life, and different from the ids of requests */
  get id(): string {
    this.#id ??= `c${(++lastNumber).toString(36)}`;
    return this.#id;
  }
}
