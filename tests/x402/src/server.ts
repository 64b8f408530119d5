// The examples of client/x402, each a process of its own.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts one, and waits until it says where it is. */
  static async start(program: string, ...words: string[]): Promise<Server> {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout });
    const told = once(lines, "line").then(([line]) => String(line));
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${String(code)}`);
    });
    ended.catch(() => undefined); // so that its end later on is no error of this process
    return new Server(child, await Promise.race([told, ended]));
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}
