update public.books set long_labels = labels::text[]::public.long_label[];
