// How all dialects' components look; the tests read it.

export const Messages = ({ texts }) => (
    <ol className="messages">
        {texts.map((text, index) => (
            <li key={index}>{text}</li>
        ))}
    </ol>
);

export const Badge = ({ count }) => <output className="badge">{count}</output>;
