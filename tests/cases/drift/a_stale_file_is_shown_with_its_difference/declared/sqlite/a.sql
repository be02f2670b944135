create table todos (
  id text,
  title text
);
