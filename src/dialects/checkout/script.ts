/**
 * What makes the page nicer where scripts run: it says what is wrong before anything is sent, groups the digits, and sends once. The
 * server looks at everything again, and the page works without this.
 */
export const script = `
(() => {
  "use strict";
  const form = document.getElementById("card");
  if (!form) return;
  const summary = document.getElementById("summary");
  const list = summary.querySelector("ul");
  const title = document.title.replace(/^Error: /, "");
  const fields = ["number", "expiry", "cvv"].map((name) => form.elements[name]);
  const [number, expiry, cvv] = fields;
  const words = JSON.parse(document.getElementById("words").textContent);

  const digits = (text) => text.replace(/[ -]/g, "");
  const checks = (text) => {
    let sum = 0;
    for (let at = 0; at < text.length; at++) {
      const digit = Number(text[text.length - 1 - at]) * (at % 2 + 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 === 0;
  };
  const faultOf = {
    number: (text) => (/^\\d{12,19}$/.test(digits(text)) && checks(digits(text)) ? "" : text.trim() ? words.number : words.noNumber),
    expiry: (text) => {
      const [, month, year] = /^\\s*(\\d{1,2})\\s*[/ -]?\\s*(\\d{2}|\\d{4})\\s*$/.exec(text) || [];
      if (!month || month < 1 || month > 12) return text.trim() ? words.expiry : words.noExpiry;
      const full = year.length === 2 ? 2000 + Number(year) : Number(year);
      return Date.now() < Date.UTC(full, Number(month), 1) ? "" : words.expired;
    },
    cvv: (text) => (/^\\d{3,4}$/.test(text.trim()) ? "" : text.trim() ? words.cvv : words.noCvv),
  };
  const tell = (field, fault) => {
    document.getElementById(field.name + "-fault").textContent = fault;
    if (fault) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  number.addEventListener("input", () => {
    const end = number.selectionStart === number.value.length;
    if (!end) return;
    const text = digits(number.value);
    if (!/^\\d{0,19}$/.test(text)) return;
    const amex = /^3[47]/.test(text);
    number.value = (amex ? text.match(/^(\\d{1,4})(\\d{1,6})?(\\d{1,9})?/).slice(1).filter(Boolean) : text.match(/\\d{1,4}/g) || []).join(" ");
  });
  expiry.addEventListener("input", (event) => {
    if (event.inputType && event.inputType.startsWith("delete")) return;
    const text = expiry.value.replace(/\\s/g, "");
    if (/^\\d{2}$/.test(text)) expiry.value = text + "/";
    else if (/^\\d{3,4}$/.test(text)) expiry.value = text.slice(0, 2) + "/" + text.slice(2);
  });
  for (const field of fields)
    field.addEventListener("change", () => {
      if (field.getAttribute("aria-invalid") === "true") tell(field, faultOf[field.name](field.value));
    });

  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    const wrong = fields.map((field) => [field, faultOf[field.name](field.value)]);
    for (const [field, fault] of wrong) tell(field, fault);
    const faulty = wrong.filter(([, fault]) => fault);
    if (faulty.length === 0) {
      sent = true;
      const button = form.querySelector("button");
      button.setAttribute("aria-disabled", "true");
      button.textContent = words.sending;
      return;
    }
    event.preventDefault();
    list.replaceChildren(...faulty.map(([field, fault]) => {
      const link = document.createElement("a");
      link.href = "#" + field.id;
      link.textContent = fault;
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    summary.hidden = false;
    document.title = "Error: " + title;
    summary.focus();
  });
  summary.addEventListener("click", (event) => {
    const field = event.target.closest("a") && document.getElementById(event.target.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  if (!summary.hidden) summary.focus();
})();
`;
