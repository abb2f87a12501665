// A preview of the chosen picture, and its size told before it is sent. Everything works without this file.
(() => {
  "use strict";
  const english = document.documentElement.lang === "en";
  const t = (ja, en) => (english ? en : ja);
  // As src/platform/text/size.rs has it.
  const mega = (bytes) =>
    bytes < 1000 ? `${bytes} B` : bytes < 99500 ? `${Math.round(bytes / 1000)} kB` : `${(Math.round(bytes / 100000) / 10).toFixed(1)} MB`;
  for (const input of document.querySelectorAll("input[data-picture]")) {
    const line = document.createElement("p");
    line.className = "help";
    line.setAttribute("role", "status");
    const canvas = document.createElement("canvas");
    canvas.className = "preview";
    canvas.hidden = true;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t("選んだ画像", "The image you chose"));
    input.after(line, canvas);
    const limit = Number(input.dataset.limit);
    const large = Number(input.dataset.large);
    const draw = async () => {
      const file = input.files[0];
      canvas.hidden = true;
      line.textContent = "";
      if (!file) return;
      const size = mega(file.size);
      try {
        const picture = await createImageBitmap(file);
        const scale = Math.min(1, 480 / Math.max(picture.width, picture.height));
        canvas.width = Math.max(1, Math.round(picture.width * scale));
        canvas.height = Math.max(1, Math.round(picture.height * scale));
        canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
        canvas.hidden = false;
        line.textContent = `${picture.width}×${picture.height}, ${size}`;
        if (file.size >= Math.min(limit, large)) offer(file, picture);
        else picture.close();
      } catch {
        line.textContent = t(`${size}。この端末では表示できない形式です。`, `${size}. This device cannot show it.`);
        if (file.size >= limit) line.append(" ", t("大きすぎるため送れません。", "It is too large to be sent."));
      }
    };
    // A picture that is too large can be made smaller right here.
    const offer = (file, picture) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = t("小さくして使う", "Make it smaller");
      const why =
        file.size >= limit
          ? t("大きすぎるため送れません。", "It is too large to be sent.")
          : t("10 MB以上あります。このままでも送れますが、小さくすると確実です。", "It has 10 MB or more. It can be sent as it is; smaller is safer.");
      line.append(" ", why, " ", button);
      button.addEventListener("click", async () => {
        const scale = Math.min(1, 4000 / Math.max(picture.width, picture.height));
        const copy = document.createElement("canvas");
        copy.width = Math.round(picture.width * scale);
        copy.height = Math.round(picture.height * scale);
        copy.getContext("2d").drawImage(picture, 0, 0, copy.width, copy.height);
        const blob = await new Promise((done) => copy.toBlob(done, "image/jpeg", 0.85));
        if (!blob) return;
        const list = new DataTransfer();
        list.items.add(new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }));
        input.files = list.files;
        await draw();
        input.focus();
      });
    };
    input.addEventListener("change", draw);
    if (input.files.length > 0) draw();
  }
})();
