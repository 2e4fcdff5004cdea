// The worker's end: clients and media live here.
import { serveDaveWorker } from "@puredave/dave/transform";

serveDaveWorker(self);
