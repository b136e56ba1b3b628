// Web push for a page, without dependencies:
//   import { pushNotifications } from "/push/push.js";
//   const push = pushNotifications({ token });      // or () => token; none: the cookie counts
//   push.renew();                                   // on each load: asks nobody anything
//   button.onclick = () => push.subscribe();        // asks for permission; from a click only
// `server` is where realtime is, where it is not the page's origin; `worker` a file of the page's.

// Kept from subscribe() to unsubscribe(): a subscription can be lost in between, by a new key whose
// push service does not answer, or by the browser.
const WANTED = "realtime-push-wanted";

export function pushNotifications({ server = "", token, worker = "/push/sw.js", scope = "/" } = {}) {
  const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  async function call(method, path, body) {
    const bearer = typeof token === "function" ? await token() : token;
    const headers = { "Content-Type": "application/json" };
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    const response = await fetch(`${server}/api/notifications/${path}`, {
      method, headers, credentials: "include", body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  // Not `serviceWorker.ready`, which is another worker's where the page has one that is nearer, and
  // never comes where the page is not within the scope.
  const registered = async () => {
    const registration = await navigator.serviceWorker.register(worker, { scope });
    while (!registration.active) {
      const coming = registration.installing || registration.waiting;
      if (!coming) throw new Error(`${worker} could not be installed`);
      await new Promise((changed) => coming.addEventListener("statechange", changed, { once: true }));
    }
    return registration;
  };

  const serverKey = async () => bytes((await call("GET", "vapid-public-key")).data.publicKey);

  // The subscription belongs to one key for ever: with another it is made anew.
  async function subscribed(registration) {
    const key = await serverKey();
    let found = await registration.pushManager.getSubscription();
    if (found && !same(found.options.applicationServerKey, key)) {
      await found.unsubscribe();
      found = null;
    }
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const subscription = found || (await registration.pushManager.subscribe(options));
    await call("POST", "subscribe", subscription);
    return subscription;
  }

  return {
    supported,
    // Ask for permission and subscribe; null where the user says no or the browser cannot.
    async subscribe() {
      if (!supported || (await Notification.requestPermission()) !== "granted") return null;
      localStorage.setItem(WANTED, "yes");
      return subscribed(await registered());
    },
    // Show the server that this browser lives, and subscribe it again where that was lost; null where
    // it has not subscribed.
    async renew() {
      if (!supported || Notification.permission !== "granted") return null;
      const registration = await registered();
      if (navigator.clearAppBadge) navigator.clearAppBadge().catch(() => {});
      const there = await registration.pushManager.getSubscription();
      return there || localStorage.getItem(WANTED) ? subscribed(registration) : null;
    },
    async unsubscribe() {
      localStorage.removeItem(WANTED);
      const registration = supported && (await navigator.serviceWorker.getRegistration(scope));
      const found = registration && (await registration.pushManager.getSubscription());
      if (!found) return false;
      await call("DELETE", "subscribe", { endpoint: found.endpoint }).catch(() => {});
      return found.unsubscribe();
    },
    // Tell the server whether somebody looks at this page (for push.away = "hidden").
    watch(socket) {
      const tell = () => socket.emit("client:visibility", { visible: document.visibilityState === "visible" });
      document.addEventListener("visibilitychange", tell);
      socket.on("connect", tell);
      if (socket.connected) tell();
    },
  };
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function same(buffer, key) {
  const given = new Uint8Array(buffer || []);
  return given.length === key.length && given.every((byte, place) => byte === key[place]);
}
