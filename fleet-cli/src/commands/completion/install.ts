import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import type { Settings } from "../../config/index.ts";
import { defineCommand } from "../command.ts";
import { SCRIPTS, SHELLS, type Shell } from "./scripts.ts";

export default defineCommand({
  args: [{ name: "SHELL", help: `${SHELLS.join(", ")}; default: yours`, required: false, offers: SHELLS }],
  flags: {},
  examples: ["fleet completion install", "fleet completion install zsh"],
  notes: "Writes one file, and for zsh and PowerShell a line that loads it. Run again, it changes nothing.",
  run({ settings, args: [named] }) {
    const shell = shellOf(named ?? basename(settings.shell ?? ""));
    const { file, hook } = placeOf(shell, settings);
    const changed = [writeIfNew(file, SCRIPTS[shell]), ...(hook === undefined ? [] : [addLine(hook.file, hook.line)])].some(Boolean);
    const text = `${changed ? "installed" : "already installed"}: ${file}\nIt works in new shells.`;
    return Promise.resolve({ json: { shell, file, changed }, text, quiet: file });
  },
});

function shellOf(name: string): Shell {
  const found = SHELLS.find((shell) => shell === (name === "pwsh" ? "powershell" : name));
  if (found === undefined) throw new FleetError("usage", name === "" ? "your shell is not known" : `there is no completion for '${name}'`, { hint: `name one: fleet completion install ${SHELLS.join("|")}` });
  return found;
}

interface Installation {
  readonly file: string;
  /** A line in a file of the user's that loads it. */
  readonly hook?: { readonly file: string; readonly line: string };
}

/** Where each shell looks by itself; zsh and PowerShell look nowhere in a home directory. */
function placeOf(shell: Shell, { home, paths, dataHome, configHome, zshHome }: Settings): Installation {
  switch (shell) {
    case "bash":
      return { file: `${dataHome}/bash-completion/completions/fleet` };
    case "fish":
      return { file: `${configHome}/fish/completions/fleet.fish` };
    case "zsh": {
      const file = `${paths.config}/completion.zsh`;
      return { file, hook: { file: `${zshHome}/.zshrc`, line: `[[ -r '${file}' ]] && { (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }; source '${file}'; }` } };
    }
    case "powershell": {
      const file = `${paths.config}/completion.ps1`;
      return { file, hook: { file: process.platform === "win32" ? `${home}/Documents/PowerShell/Microsoft.PowerShell_profile.ps1` : `${configHome}/powershell/Microsoft.PowerShell_profile.ps1`, line: `if (Test-Path '${file}') { . '${file}' }` } };
    }
  }
}

function writeIfNew(file: string, content: string): boolean {
  if (existsSync(file) && readFileSync(file, "utf8") === content) return false;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content);
  return true;
}

function addLine(file: string, line: string): boolean {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.split("\n").includes(line)) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`);
  return true;
}
