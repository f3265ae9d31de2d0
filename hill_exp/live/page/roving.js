// @ts-check
/**
 * One tab stop for a group of buttons: Tab comes to it and leaves it, arrows, Home and End go from one to the next (the
 * roving tabindex of the ARIA authoring practices). Of radio buttons, the one that is come to is chosen.
 */

/** How far a key goes; Infinity: to the end. @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, End: Infinity, Home: -Infinity };

/** @param {HTMLElement} group  its buttons may come and go */
export function rove(group) {
  group.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const stops = stopsOf(group);
    const to = stops[goal(stops.indexOf(/** @type {HTMLButtonElement} */ (event.target)), event.key, stops.length)];
    if (!to) return;
    event.preventDefault(); // so that the page's own keys leave it alone
    to.focus();
    if (to.getAttribute('role') === 'radio') to.click();
  });
  group.addEventListener('focusin', () => stop(group));
  new MutationObserver(() => stop(group)).observe(group, {
    childList: true,
    subtree: true,
    attributeFilter: ['disabled', 'hidden', 'aria-checked'],
  });
  stop(group);
}

/**
 * Other buttons in the group; who was at one of them is at its place again.
 * @param {HTMLElement} group
 * @param {readonly HTMLElement[]} children
 */
export function refill(group, children) {
  const place = stopsOf(group).findIndex((one) => one === document.activeElement);
  group.replaceChildren(...children);
  const stops = stopsOf(group);
  if (place >= 0) stops[Math.min(place, stops.length - 1)]?.focus();
}

/**
 * The place that a key leads to in a round of so many; -1: it is no such key, or there is none to begin from.
 * @param {number} from
 * @param {string} key
 * @param {number} count
 */
export function goal(from, key, count) {
  const step = STEPS[key];
  if (step === undefined || from < 0) return -1;
  if (!Number.isFinite(step)) return step > 0 ? count - 1 : 0;
  return (from + step + count) % count;
}

/** @param {HTMLElement} group */
const stopsOf = (group) =>
  [...group.querySelectorAll('button')].filter((one) => {
    const away = one.closest('[hidden]');
    return !one.disabled && (!away || away.contains(group));
  });

/** Tab comes to the button that has the focus, else to the chosen one, else to the first. @param {HTMLElement} group */
function stop(group) {
  const stops = stopsOf(group);
  const one =
    stops.find((each) => each === document.activeElement) ??
    stops.find((each) => each.getAttribute('aria-checked') === 'true') ??
    stops[0];
  for (const each of group.querySelectorAll('button')) each.tabIndex = each === one ? 0 : -1;
}
