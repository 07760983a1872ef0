// The library of Elk and Phanpy: sign-in, post, reply, picture, poll, quotes, notices, stream.
import { readFile } from "node:fs/promises";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import WebSocket from "ws";
import { city, done, OOB, picture, please, same, SCOPES } from "./stage.mjs";

globalThis.WebSocket = WebSocket;
// masto asks for Node 22; the suite runs on older ones too.
Promise.withResolvers ??= () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

/** Sign in anew, with or without the tick for what goes out of Quartier Libre. */
async function enter(...ticked) {
  const app = await createRestAPIClient({ url: city }).v1.apps.create({
    clientName: "Avec masto", redirectUris: OOB, scopes: SCOPES.join(" "),
  });
  const wishes = { response_type: "code", client_id: app.clientId, redirect_uri: OOB, scope: SCOPES.join(" ") };
  const code = await please("allow", `${city}/oauth/authorize?${new URLSearchParams(wishes)}`, ...ticked);
  const { accessToken } = await createOAuthAPIClient({ url: city }).token.create({
    clientId: app.clientId, clientSecret: app.clientSecret, redirectUri: OOB, grantType: "authorization_code", code,
    scope: SCOPES.join(" "),
  });
  return { accessToken, masto: createRestAPIClient({ url: city, accessToken }) };
}

const { accessToken, masto } = await enter();
same((await masto.v1.accounts.verifyCredentials()).acct, "salma", "who signed in");

const instance = await masto.v2.instance.fetch();
const streaming = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming, accessToken, implementation: WebSocket,
});
const heard = [];
const waiting = [];
const user = streaming.user.subscribe();
(async () => {
  for await (const event of user) {
    heard.push(event);
    for (const look of waiting) look();
  }
})();
const hear = (kind, is) =>
  new Promise((resolve) => {
    const look = () => {
      const found = heard.find((one) => one.event === kind && is(one.payload));
      if (found) resolve(found.payload);
    };
    waiting.push(look);
    look();
  });
while (!heard.length) {  // until the subscription has arrived
  await masto.v1.statuses.create({ status: "Y a-t-il quelqu’un ?" });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

const written = await masto.v1.statuses.create({ status: "Bonjour de masto", visibility: "public" });
same(written.visibility, "private", "what a public post becomes");
await hear("update", (status) => status.id === written.id);
const answer = await please("reply", written.id, "@salma Bonjour");
const notice = await hear("notification", (one) => one.status?.id === answer);
same(notice.type, "mention", "the notice");
same((await masto.v1.notifications.list())[0].id, notice.id, "the list of notices");
same((await masto.v2.notifications.list()).statuses.some((one) => one.id === answer), true, "notices in groups");
const replied = await masto.v1.statuses.create({ status: "Merci", inReplyToId: answer, visibility: "private" });
same(replied.inReplyToId, answer, "what is answered");
same((await masto.v1.statuses.$select(written.id).context.fetch()).descendants.length, 2, "the thread");

const file = new Blob([await readFile(picture)], { type: "image/png" });
const media = await masto.v2.media.create({ file, description: "Un mur bleu", focus: "0.5,-0.25" });
const shown = await masto.v1.statuses.create({ status: "Un mur", mediaIds: [media.id], sensitive: false });
same(shown.mediaAttachments[0].description, "Un mur bleu", "the picture's description");

const asked = await masto.v1.statuses.create({
  status: "Quand ?", poll: { options: ["Samedi", "Dimanche"], expiresIn: 3600, multiple: false },
});
await please("vote", asked.poll.id, 1);
same((await masto.v1.polls.$select(asked.poll.id).fetch()).options[1].votesCount, 1, "the vote");
same((await masto.v1.timelines.home.list({ limit: 1 }))[0].id, asked.id, "the home timeline");
const pages = [];
for await (const page of masto.v1.timelines.home.list({ limit: 2 })) pages.push(...page.map((one) => one.id));
same(new Set(pages).size, pages.length, "pages without doubles");

same(instance.apiVersions.mastodon >= 7, true, "a server that quotes");
const theirs = await please("publish", "Citez-moi");
const quoting = await masto.v1.statuses.create({ status: "Voyez", quotedStatusId: theirs, quoteApprovalPolicy: "nobody" });
same([quoting.quote.state, quoting.quote.quotedStatus.id], ["accepted", theirs], "what is quoted");
const own = await (await enter("outside")).masto.v1.statuses.create({ status: "Le jardin est ouvert", visibility: "public" });
same([own.visibility, own.quoteApproval.currentUser], ["public", "automatic"], "what may be quoted");
const quoted = await please("quote", own.id, "Lisez");
same((await hear("notification", (one) => one.type === "quote")).status.id, quoted, "the notice of a quote");
const { quotes, interactionPolicy } = masto.v1.statuses.$select(own.id);
same((await quotes.list()).map((one) => one.id), [quoted], "the list of quotes");
const narrowed = await interactionPolicy.update({ quote_approval_policy: "nobody" });
same(narrowed.quoteApproval.automatic, [], "who may quote from now on");
const ended = await quotes.$select(quoted).revoke.create();
same(ended.quote, { state: "revoked", quotedStatus: null }, "a leave that is taken back");

user.unsubscribe();
streaming.close();
done();
