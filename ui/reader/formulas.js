// After KaTeX and FONTS: gives the fonts to the document, for a component's own style sheet cannot declare any.
for (const [family, weight, style, data] of FONTS) {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  new FontFace(family, bytes, { weight, style }).load().then((font) => document.fonts.add(font));
}
document.dispatchEvent(new Event("studyatlas-katex"));

export default function () {}
