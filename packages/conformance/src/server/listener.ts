// TLS websockets on the loopback interface, and every connection that has to be ended with them.
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { Certificate } from "./certificate.ts";

export interface ListenerOptions {
  readonly certificate: Certificate;
  readonly messageBytes: number;
  /** A websocket was opened; `version` is that of the gateway which it asks for. */
  readonly welcome: (socket: WebSocket, version: number) => void;
}

/** Version 8 where the address names none; NaN where it cannot be read. */
function versionOf(address: string): number {
  const query = address.indexOf("?");
  const named = query < 0 ? null : new URLSearchParams(address.slice(query)).get("v");
  return Number(named ?? 8);
}

export class Listener {
  private readonly tls: TlsServer;
  private readonly http: HttpServer;
  private readonly sockets: WebSocketServer;
  /** TCP connections, half open ones too: they would keep the server from closing. */
  private readonly raw = new Set<Socket>();

  constructor({ certificate: { certificate, privateKey }, messageBytes, welcome }: ListenerOptions) {
    this.http = createHttpServer((_request, response) => response.writeHead(426).end());
    this.http.on("clientError", (_error, socket) => socket.destroy());
    // node:https would select by ALPN and refuse a client that offers h2 alone, as Deno's websocket does
    this.tls = createTlsServer({ cert: certificate, key: privateKey }, (socket) => {
      socket.on("error", () => {});
      this.http.emit("connection", socket);
    });
    this.tls.on("connection", (socket: Socket) => {
      this.raw.add(socket);
      socket.once("close", () => this.raw.delete(socket));
    });
    this.tls.on("tlsClientError", () => {});
    this.sockets = new WebSocketServer({ server: this.http, maxPayload: messageBytes });
    this.sockets.on("connection", (socket, request) => welcome(socket, versionOf(request.url ?? "/")));
  }

  /** Returns the port. */
  async listen(port: number, address: string): Promise<number> {
    this.tls.listen(port, address);
    await once(this.tls, "listening");
    return (this.tls.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.sockets.close();
    this.http.closeAllConnections();
    for (const socket of this.raw) socket.destroy();
    if (!this.tls.listening) return;
    this.tls.close();
    await once(this.tls, "close");
  }
}
