// What is measured, ours and every peer alike: a way to a program on a terminal.

export interface Terminal {
  /** One listener at a time; what comes while nobody listens is dropped. */
  listen(listener: ((bytes: Buffer) => void) | undefined): void;
  write(text: string): void;
  /** Stops taking what comes, without closing: a viewer that stalls. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export interface Way {
  readonly name: string;
  /** Every byte of the program comes through, and no other; tmux draws a picture instead. */
  readonly exact: boolean;
  open(argv: readonly string[]): Promise<Terminal>;
}

export const SIZE = { cols: 80, rows: 24 } as const;
