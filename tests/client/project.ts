// Somebody else's project: the packed client library is installed in it, and what it needs is there as npm would put it there.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cleanEnv, root, type Result } from "../machines.ts";

const execute = promisify(execFile);
const NAME = "@fleetwire/client";

export interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export class Project implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "fp-"));

  /** Builds the package, packs it with npm and installs the archive. */
  static async make(): Promise<Project> {
    const project = new Project();
    const built = join(project.directory, "built");
    await execute(process.execPath, [join(root, "scripts/build-client.mjs"), built]);
    const { stdout } = await execute("npm", ["pack", built, "--pack-destination", project.directory, "--silent"], { env: cleanEnv() });
    mkdirSync(project.package, { recursive: true });
    await execute("tar", ["-xzf", join(project.directory, stdout.trim()), "-C", project.package, "--strip-components=1"]);
    for (const name of [...Object.keys(project.manifest.dependencies), "@types/node"]) project.#link(name);
    project.write("package.json", JSON.stringify({ type: "module" }));
    return project;
  }

  get package(): string {
    return join(this.directory, "node_modules", NAME);
  }

  get manifest(): Manifest {
    return JSON.parse(readFileSync(join(this.package, "package.json"), "utf8")) as Manifest;
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs a script of the project to its end, which it has to reach by itself. */
  async run(script: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<Result> {
    try {
      return { code: 0, ...(await execute(process.execPath, [join(this.directory, script), ...args], { cwd: this.directory, env: { ...env }, timeout: 100_000, maxBuffer: 64 * 1024 * 1024 })) };
    } catch (error) {
      const { code, stdout, stderr, killed } = error as Error & { code: unknown; stdout: string; stderr: string; killed: boolean };
      return { code: typeof code === "number" ? code : 1, stdout, stderr: killed ? `${stderr}\nit did not end by itself` : stderr };
    }
  }

  /** Judges its TypeScript as strictly as TypeScript can, the declarations of the library included. @returns what it says, nothing when all is well */
  async judge(files: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<string> {
    this.write("tsconfig.json", JSON.stringify({ compilerOptions: { strict: true, skipLibCheck: false, module: "nodenext", target: "es2022", noEmit: true, types: ["node"], ...options }, files }));
    try {
      await execute(join(root, "node_modules/.bin/tsc"), ["-p", this.directory]);
      return "";
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  #link(name: string): void {
    const path = join(this.directory, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
