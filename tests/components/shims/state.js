// What a mounted component knows, whether it shows it or not: React keeps the states of its hooks in
// a list behind each component. Private, hence here alone, and pinned with React's version.

/** The states of every component in a root, by its name, in the order of its hooks. */
export function statesIn(container) {
    const key = Object.keys(container).find((each) => each.startsWith("__reactContainer$"));
    if (!key) throw new Error("React no longer says which root is in a container");
    const found = {};
    const visit = (fiber) => {
        if (typeof fiber.type === "function") found[fiber.type.name] = statesOf(fiber);
        for (let child = fiber.child; child; child = child.sibling) visit(child);
    };
    visit(container[key].stateNode.current);
    return found;
}

function statesOf(fiber) {
    const states = [];
    for (let hook = fiber.memoizedState; hook && "next" in hook; hook = hook.next)
        if (hook.queue) states.push(hook.memoizedState);
    return states;
}
