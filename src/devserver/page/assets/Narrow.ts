/** Whether there is room for one column only; style.css has the same bound. */
export const narrow = matchMedia("(max-width: 760px)")
