// The job that runs: its progress, its end.
import { ask, byId, duration, fill, number, t } from "./dom.js";

let watched = null;

function show(job) {
  byId("progress").hidden = job.state !== "running" || job.kind === "check";
  byId("progress-title").textContent = job.title ? fill(t.running, { title: job.title }) : t.starting;
  byId("progress-count").textContent = job.total ? fill(t.counted, { done: number(job.done), total: number(job.total) }) : "";
  byId("progress-time").textContent = [fill(t.elapsed, { time: duration(job.elapsed_s) }),
    job.left_s === null ? "" : fill(t.time_left, { time: duration(job.left_s) })].filter(Boolean).join(" · ");
  byId("progress-bar").value = job.share;
}

// Start a job and wait for its end.
export async function work(path, json) {
  const { job } = await ask(path, { method: "POST", json });
  return follow(job);
}

export async function follow(job) {
  watched = job.number;
  show(job);
  while (job.state === "running" && watched === job.number) {
    await new Promise((done) => setTimeout(done, 250));
    const answer = await ask("job").catch((error) => {
      byId("progress").hidden = true; // nothing is known of the job any more
      throw error;
    });
    if (!answer.job || answer.job.number !== job.number) return { ...job, state: "stopped" };
    job = answer.job;
    if (watched === job.number) show(job);
  }
  return job;
}

export function watchCancel() {
  byId("cancel").addEventListener("click", async () => {
    byId("cancel").disabled = true;
    try {
      await ask("job/cancel", { method: "POST", json: {} });
    } finally {
      byId("cancel").disabled = false;
    }
  });
}
