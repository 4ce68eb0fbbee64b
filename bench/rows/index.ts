import { p1 } from "./p1-throughput.ts";
import { p2 } from "./p2-through-caddy.ts";
import { p3 } from "./p3-viewers.ts";
import { p4 } from "./p4-echo.ts";
import { p5 } from "./p5-echo-under-load.ts";
import { p6 } from "./p6-attach.ts";
import { p7 } from "./p7-idle-sessions.ts";
import { p8 } from "./p8-commands.ts";
import { p9 } from "./p9-first-launch.ts";
import { p10 } from "./p10-listing.ts";
import { p11 } from "./p11-bus.ts";
import { p12 } from "./p12-idle-node.ts";
import { p13 } from "./p13-through-relay.ts";
import type { Row } from "./row.ts";

export const ROWS: readonly Row[] = [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13];
