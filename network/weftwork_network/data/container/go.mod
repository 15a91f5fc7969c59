module weftwork.example/container

go 1.24
