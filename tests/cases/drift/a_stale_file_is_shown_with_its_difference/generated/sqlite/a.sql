create table todos (
  id text
);
