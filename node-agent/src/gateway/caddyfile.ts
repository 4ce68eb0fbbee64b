// Caddy's configuration. Only the node's own paths pass, headers that name a client's identity do not, and no log line has
// a credential: not in Authorization, not in a subprotocol, not in a query.
import type { GatewayWant } from "./types.ts";

export interface CaddyFiles {
  readonly adminSocket: string;
  readonly storage: string;
  readonly accessLog: string;
}

export function caddyfile({ upstream, host, bind, ca, relay }: GatewayWant, port: number, files: CaddyFiles): string {
  const text = JSON.stringify;
  const site = host.includes(":") ? `[${host}]` : host;
  const root = ca === undefined ? "" : `
			root {
				format pem_file
				cert ${text(ca.certFile)}
				key ${text(ca.keyFile)}
			}`;
  return `{
	admin ${text(`unix/${files.adminSocket}`)}
	skip_install_trust
	auto_https disable_redirects
	default_sni ${text(host)}
	storage file_system ${text(files.storage)}
	grace_period 2s
	pki {
		ca local {
			name "Fleetwire gateway"${root}
		}
	}
	log {
		output stderr
		level WARN
		format filter {
			wrap json
			fields {
${FILTERED}
			}
		}
	}
	servers {
		protocols h1 h2
		max_header_size 16KB
		timeouts {
			read_header 5s
			idle 2m
		}
	}
}

https://${site}:${port} {
	bind ${text(bind)}
	tls internal
	log {
		output file ${text(files.accessLog)} {
			roll_size 8MiB
			roll_keep 2
		}
		format filter {
			wrap json
			fields {
${FILTERED}
			}
		}
	}
${relay === undefined ? "" : handle("/v1/relay/*", `unix/${relay}`, "\n\t\t\theader_up Fleet-Remote {remote_host}")}${handle("/v1/*", upstream)}	handle {
		respond 404
	}
}
`;
}

/** @param more lines of the proxy's block */
function handle(path: string, upstream: string, more = ""): string {
  return `	handle ${path} {
		reverse_proxy ${JSON.stringify(upstream)} {
			flush_interval -1
			header_up -X-Forwarded-*
			header_up -Forwarded
			header_up -X-Real-IP
			header_up -Fleet-Via
			header_up -Fleet-Remote
			header_up -X-Fleet-*
			header_up -Cookie
			header_up Host {host}${more}
			header_down -Server
		}
	}
`;
}

const FILTERED = ["request>headers", "resp_headers", "request>tls"].map((field) => `\t\t\t\t${field} delete`).concat(['\t\t\t\trequest>uri regexp "[?].*" "?…"']).join("\n");
