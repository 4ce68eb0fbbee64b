// The product as a way to a program: a session that is launched, and one viewer who takes every byte.
import type { Terminal, Way } from "../peers/terminal.ts";
import type { Machine } from "./machine.ts";
import { Viewer, type Address } from "./viewer.ts";

export function ours(name: string, machine: Machine, address: Address): Way {
  return { name, exact: true, open: (argv) => openSession(machine, address, argv) };
}

export const loopback = (machine: Machine): Address => ({ url: `ws://${machine.listening}` });

async function openSession(machine: Machine, address: Address, argv: readonly string[]): Promise<Terminal> {
  const id = await machine.launch(argv);
  const { viewer } = await Viewer.attach(machine, id, address, { kind: "attach", mode: "lossless", from: 0 });
  return {
    listen: (listener) => viewer.listen(listener),
    write: (text) => viewer.write(text),
    pause: () => viewer.pause(),
    resume: () => viewer.resume(),
    async close() {
      await viewer.close();
      await machine.discard(id);
    },
  };
}
