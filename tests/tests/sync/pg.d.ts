// What the program uses of `pg`, whose types are another package.

declare module 'pg' {
  export class Pool {
    constructor(options: { host: string; port: number; user: string; database: string; max: number });
    on(event: 'error', heard: () => void): void;
    connect(): Promise<{ query(statement: object): Promise<unknown>; release(destroy?: boolean): void }>;
  }
}
