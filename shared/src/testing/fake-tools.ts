// Programs named as GPU vendors' tools are, which print what was written for them: for machines without such GPUs.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakeGpu {
  readonly uuid: string;
  readonly name?: string;
  /** Mebibytes. */
  readonly memory?: number;
  readonly used?: number;
}

export class FakeTools implements Disposable {
  /** To stand first on a PATH. */
  readonly path = mkdtempSync(join(tmpdir(), "fg-"));

  /** `nvidia-smi` with these GPUs; may be called again for what changed. @param busy uuids that some process computes on */
  nvidia(gpus: readonly FakeGpu[], busy: readonly string[] = []): this {
    const rows = gpus.map(({ uuid, name = "NVIDIA H100 80GB HBM3", memory = 81_559, used = 4 }, index) => `${index}, ${uuid}, ${name}, ${memory}, ${used}, 0`);
    return this.answers("nvidia-smi", {
      "--query-gpu=*": `${rows.join("\n")}\n`,
      "--query-compute-apps=*": busy.map((uuid) => `${uuid}, 4711\n`).join(""),
      "-L": gpus.map(({ uuid, name = "NVIDIA H100 80GB HBM3" }, index) => `GPU ${index}: ${name} (UUID: ${uuid})\n`).join(""),
    });
  }

  /** @param outputs by pattern of the arguments, as the shell matches them; without one the tool fails as it does with wrong ones */
  answers(tool: string, outputs: Readonly<Record<string, string>>): this {
    const cases = Object.entries(outputs).map(([pattern, output], at) => {
      const file = join(this.path, `${tool}.${at}`);
      writeFileSync(file, output);
      return `  ${pattern.replaceAll(" ", "\\ ")}) cat '${file}';;`;
    });
    return this.script(tool, `case "$*" in\n${cases.join("\n")}\n  *) echo 'ERROR: Option is not recognized.'; exit 2;;\nesac`);
  }

  /** A tool that is this shell script. */
  script(tool: string, body: string): this {
    const file = join(this.path, tool);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return this;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A UUID as NVIDIA's are. */
export const fakeUuid = (number: number): string => `GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b${String(number).padStart(4, "0")}`;
