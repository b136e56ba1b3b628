// The service worker that shows what is pushed. It reads the keys that the documents' worker reads.

self.addEventListener("push", (event) => {
  const {title, message, tag} = event.data.json();
  event.waitUntil(self.registration.showNotification(title, {body: message, tag, icon: "/demo/icon.svg"}));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
