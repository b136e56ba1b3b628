// What the services of `skilllink` expect of axios.
import { ask } from "own/server.js";

const call = (method) => async (path, body) => ({ data: await ask(`/api${path}`, method, body) });

export default { get: call("GET"), post: call("POST"), put: call("PUT") };
