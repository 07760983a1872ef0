// The library of Whalebird and Fedistar: sign-in, post, reply, picture, poll, notices, stream.
import { createReadStream } from "node:fs";
import generator from "megalodon";
import { city, done, OOB, picture, please, same, SCOPES } from "./stage.mjs";

const make = generator.default ?? generator;
const app = await make("mastodon", city).registerApp("Avec megalodon", { scopes: SCOPES, redirect_uris: OOB });
const code = await please("allow", app.url);
const token = await make("mastodon", city).fetchAccessToken(app.client_id ?? app.clientId, app.client_secret ?? app.clientSecret, code, OOB);
const client = make("mastodon", city, token.access_token ?? token.accessToken);
same((await client.verifyAccountCredentials()).data.acct, "salma", "who signed in");
same((await client.getInstance()).data.uri !== "", true, "the instance");

const stream = await client.userStreaming();
const hear = (event, is) =>
  new Promise((resolve) => stream.on(event, (what) => is(what) && resolve(what)));
stream.on("error", (error) => { throw error; });
await new Promise((resolve) => stream.once("connect", resolve));

let coming = hear("update", () => true);
const written = (await client.postStatus("Bonjour de megalodon", { visibility: "public" })).data;
same(written.visibility, "private", "what a public post becomes");
same((await coming).id, written.id, "the stream");
coming = hear("notification", (one) => one.status?.in_reply_to_id === written.id);
const answer = await please("reply", written.id, "@salma Bonjour");
const notice = await coming;
same([notice.type, notice.status.id], ["mention", answer], "the notice");
same((await client.getNotifications({ limit: 1 })).data[0].id, notice.id, "the list of notices");
const replied = (await client.postStatus("Merci", { in_reply_to_id: answer })).data;
same([replied.in_reply_to_id, replied.visibility], [answer, "private"], "the reply");
same((await client.getStatusContext(written.id)).data.descendants.length, 2, "the thread");

const media = (await client.uploadMedia(createReadStream(picture), { description: "Un mur bleu", focus: "0.5,-0.25" })).data;
const shown = (await client.postStatus("Un mur", { media_ids: [media.id] })).data;
same(shown.media_attachments[0].description, "Un mur bleu", "the picture's description");

const asked = (await client.postStatus("Quand ?", { poll: { options: ["Samedi", "Dimanche"], expires_in: 3600 } })).data;
await please("vote", asked.poll.id, 1);
same((await client.getPoll(asked.poll.id)).data.options[1].votes_count, 1, "the vote");
same((await client.getHomeTimeline({ limit: 1 })).data[0].id, asked.id, "the home timeline");
same((await client.favouriteStatus(answer)).data.favourited, true, "a thank-you");
same((await client.bookmarkStatus(answer)).data.bookmarked, true, "a bookmark");
same((await client.getBookmarks()).data[0].id, answer, "the bookmarks");

const theirs = await please("publish", "Citez-moi");
const quoting = (await client.postStatus("Voyez", { quote_id: theirs })).data;
same([quoting.quote.state, quoting.quote.quoted_status.id], ["accepted", theirs], "what is quoted");

stream.stop();
done();
