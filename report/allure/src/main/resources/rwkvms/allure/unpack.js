// Allure's page asks reportData for files in base64, by name.
(async function () {
  const packed = Uint8Array.from(atob("PACKED"), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = JSON.parse(await new Response(stream).text());
  function base64(text) {
    const bytes = new TextEncoder().encode(text);
    let binary = "";
    for (let i = 0; i < bytes.length; i += 0x8000) {
      binary += String.fromCharCode.apply(null, bytes.subarray(i, i + 0x8000));
    }
    return btoa(binary);
  }
  // Tests in a tree are numbers.
  function grown(node) {
    return Object.assign({}, node, {
      children: node.children.map(child => typeof child === "number"
        ? Object.assign({ parentUid: node.uid }, all.leaves[child]) : child.children ? grown(child) : child)
    });
  }
  window.reportData = new Proxy({}, {
    get: function (nothing, name) {
      const file = all.files[all.same[name] || name];
      return file === undefined ? undefined : Array.isArray(file) ? file[0]
        : base64(file.tree ? JSON.stringify(grown(file.tree)) : file);
    }
  });
  function append(kind, text) {
    const element = document.createElement(kind);
    element.textContent = text;
    document.head.appendChild(element);
  }
  all.styles.forEach(text => append("style", text));
  all.scripts.forEach(text => append("script", text));
})().catch(function (e) {
  document.getElementById("content").textContent =
    "This page needs a browser that can decompress (Chrome 80, Firefox 113, Safari 16.4, or newer): " + e;
});
