// The token check of both Node servers; the secret is the one of benchmarks/application.py.
const jwt = require("jsonwebtoken");

const SECRET = "secret-secret-secret-secret-secret-32";

module.exports = function authenticate(socket, next) {
  try {
    const token = socket.handshake.auth.token;
    socket.data.userId = jwt.verify(token, SECRET, { algorithms: ["HS256"] }).sub;
    next();
  } catch {
    next(new Error("unauthorized"));
  }
};
