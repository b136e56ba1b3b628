// The service worker of realtime's web push. Serve it from your page's own origin, or load it there:
// importScripts("https://realtime.your-shop.com/push/sw.js")

(() => {
  "use strict";

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    if (event.action !== "dismiss") event.waitUntil(open(chosen(event)));
  });

  // Whatever came: a push that shows nothing costs the subscription.
  function read(data) {
    try {
      const said = data.json();
      return said && typeof said === "object" ? said : { message: String(said) };
    } catch {
      return { message: data ? data.text() : "" };
    }
  }

  function show(said) {
    const declared = said.notification || {};
    const title = String(said.title || declared.title || "New notification");
    const icon = String(declared.icon || said.icon || "");
    const tag = String(said.tag || declared.tag || "");
    const options = {
      body: String(said.message || declared.body || ""),
      icon: icon.includes("/") ? icon : undefined,
      badge: said.badge || undefined,
      tag,
      renotify: tag !== "",
      timestamp: declared.timestamp,
      actions: declared.actions || [{ action: "view", title: "View" }],
      data: { ...said, link: declared.navigate || said.link || "/" },
    };
    return Promise.all([shown(title, options), badge(said.app_badge)]);
  }

  // Without what this browser takes offence at, rather than not at all.
  function shown(title, options) {
    const plainly = () => self.registration.showNotification(title, { body: options.body });
    try {
      return self.registration.showNotification(title, options).catch(plainly);
    } catch {
      return plainly();
    }
  }

  async function badge(count) {
    if (!Number.isInteger(count) || !navigator.setAppBadge) return;
    await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
  }

  // Where the click leads: never to another origin.
  function chosen({ action, notification }) {
    const data = notification.data || {};
    const actions = (data.notification && data.notification.actions) || [];
    const its = actions.find((each) => each.action === action);
    try {
      const url = new URL((its && its.navigate) || data.link || "/", self.location.origin);
      return url.origin === self.location.origin ? url.href : `${self.location.origin}/`;
    } catch {
      return `${self.location.origin}/`;
    }
  }

  // A click has leave for one window only. One that this worker does not control cannot be led
  // anywhere, and once it has the focus no other may be opened.
  async function open(url) {
    const every = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const window = every.find((each) => each.url === url) || (await self.clients.matchAll({ type: "window" }))[0];
    if (!window) return self.clients.openWindow(url);
    try {
      const focused = await window.focus();
      return focused.url === url ? focused : await focused.navigate(url);
    } catch {
      return self.clients.openWindow(url);
    }
  }
})();
