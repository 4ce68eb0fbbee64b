// A full-screen program as coding agents are: synchronized redraws inline with a spinner, then the alternate screen; bracketed paste,
// kitty keyboard, true colour, boxes, emoji and links. Each key draws on; `q` leaves.
const CSI = "\u001b[";
const out = (text) => process.stdout.write(text);
const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
let frame = 0;
let drawn = 0;
let typed = "";
let full = false;

function box(lines, color) {
  const width = Math.max(8, Math.min(process.stdout.columns - 2, 60));
  const body = lines.map((line) => `${CSI}38;2;${color}m│${CSI}m ${line}${CSI}K\r${CSI}${width}C${CSI}38;2;${color}m│${CSI}m`);
  return [`${CSI}38;2;${color}m╭${"─".repeat(width - 1)}╮${CSI}m`, ...body, `${CSI}38;2;${color}m╰${"─".repeat(width - 1)}╯${CSI}m`];
}

function draw() {
  const spin = frames[frame++ % frames.length];
  const lines = box([`${CSI}1m${spin} Thinking…${CSI}22m ${CSI}2m(${frame} s · esc to interrupt)${CSI}22m`, `✅ 🚀 👩‍💻 日本語 ${CSI}3mitalic${CSI}23m ${CSI}4:3;58:2::255:80:0mcurly${CSI}4:0;59m`, `\u001b]8;;https://example.com/${frame}\u001b\\link ${frame}\u001b]8;;\u001b\\`, `> ${typed}`], `${frame * 9 % 256};120;200`);
  const text = lines.map((line) => `${CSI}2K${line}`).join("\r\n");
  if (full) out(`${CSI}?2026h${CSI}H${CSI}48;2;20;20;${frame % 200}m${CSI}J${text}${CSI}m${CSI}?2026l`);
  else out(`${CSI}?2026h${drawn > 0 ? `\r${CSI}${drawn - 1}A${CSI}J` : ""}${text}${CSI}?2026l`);
  drawn = full ? 0 : lines.length;
}

function scrollOff() {
  out(`\r${CSI}${Math.max(0, drawn - 1)}A${CSI}J${CSI}48;5;236m${CSI}38;5;${frame % 256}m● done ${frame}${CSI}K${CSI}m\r\n  ⎿ ${"wrapped text 漢字 ".repeat(12)}\r\n`);
  drawn = 0;
}

process.stdin.setRawMode(true);
out(`${CSI}?2004h${CSI}>1u${CSI}?1004h${CSI}?25l\u001b]0;✳ agent\u0007`);
process.stdin.on("data", (keys) => {
  for (const key of keys.toString()) {
    if (key === "q") {
      out(`${full ? `${CSI}?1049l` : ""}${CSI}<u${CSI}?2004l${CSI}?1004l${CSI}?25h\r\n`);
      process.exit(0);
    }
    if (key === "a") {
      full = !full;
      out(full ? `${CSI}?1049h${CSI}>5u${CSI}?1002h${CSI}?1006h` : `${CSI}<u${CSI}?1002l${CSI}?1006l${CSI}?1049l`);
      drawn = 0;
    } else if (key === "s") scrollOff();
    else typed = `${typed}${key}`.slice(-20);
  }
  draw();
});
process.stdout.on("resize", draw);
setInterval(draw, 40);
draw();
